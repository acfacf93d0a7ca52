import { CircleAlert, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Finding } from "@/api/catalogue";
import { classes } from "@/ui/kit/classes";
import { Prose } from "@/ui/kit/Prose";

/** A line of a form: label, control, what it is for, and what was found about it. */
export function Row({
  id,
  name,
  label,
  isGroup = false,
  isRequired = false,
  isBeside = false,
  help = "",
  findings = [],
  children,
  ...parts
}: {
  id: string;
  /** The setting's name in the document, by which a finding's jump finds it. */
  name?: string;
  label: string;
  /** Whether the control has a name of its own. */
  isGroup?: boolean;
  isRequired?: boolean;
  /** Whether the control stands beside its label, as a switch does. */
  isBeside?: boolean;
  help?: string;
  findings?: readonly Finding[];
  children: ReactNode;
  onFocus?: React.FocusEventHandler;
  onBlur?: React.FocusEventHandler;
}) {
  const { t } = useTranslation("properties");
  const title = (
    <>
      {label}
      {isRequired && (
        <span className="text-failure" title={t("required")}>
          <span aria-hidden> *</span>
          <span className="sr-only"> {t("required")}</span>
        </span>
      )}
    </>
  );
  return (
    <div {...parts} data-field={name} className="flex flex-col gap-1">
      <div className={isBeside ? "flex min-h-8 items-center gap-3" : "contents"}>
        {isGroup ? (
          <span className="font-medium">{title}</span>
        ) : (
          <label htmlFor={id} className={classes("font-medium", isBeside && "flex-1")}>
            {title}
          </label>
        )}
        {children}
      </div>
      {help !== "" && (
        <p id={`${id}-help`} className="text-xs text-muted">
          <Prose text={help} />
        </p>
      )}
      <Findings id={`${id}-findings`} findings={findings} />
    </div>
  );
}

/** What a control with this id is described by. */
export const describedBy = (id: string, help: string, findings: readonly Finding[]): string | undefined =>
  [help === "" ? "" : `${id}-help`, findings.length === 0 ? "" : `${id}-findings`]
    .filter((part) => part !== "")
    .join(" ") || undefined;

/** Findings, errors with another sign than warnings; read aloud as they come. */
export function Findings({ id, findings }: { id?: string; findings: readonly Finding[] }) {
  const { t } = useTranslation("properties");
  return (
    <ul id={id} aria-live="polite" className={findings.length === 0 ? "hidden" : "flex flex-col gap-1"}>
      {findings.map(({ severity, code, message }) => {
        const isError = severity === "error";
        const Icon = isError ? CircleAlert : TriangleAlert;
        return (
          <li
            key={`${code} ${message}`}
            className={classes("flex gap-1.5 text-xs", isError ? "text-failure" : "text-warning")}
          >
            <Icon aria-hidden size={13} className="mt-0.5 shrink-0" />
            <span className="min-w-0 break-words">
              <span className="sr-only">{t(`severity.${severity}`)}: </span>
              {message}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
