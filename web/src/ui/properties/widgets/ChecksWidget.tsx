import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type CheckRow, CHECK_RULES, checkRows, isFilledCheck, storedCheck } from "@/core/forms/checks";
import { Button, IconButton } from "@/ui/kit/Button";
import { Combo } from "@/ui/kit/Combo";
import { Select, TextInput } from "@/ui/kit/Field";
import { offerFor } from "./offers";
import type { WidgetProps } from "./widget";

const EMPTY: CheckRow = { header: "", rule: "matches", value: "", variable: "" };
const offerVariables = offerFor(() => []);

/** Checks of a message, each with its header field, rule, pattern, and the variable that gets what was found. */
export function ChecksWidget({ id, describedBy, field, value, isReadOnly, onChange }: WidgetProps) {
  const { t } = useTranslation("properties");
  const stored = checkRows(value);
  const [drafts, setDrafts] = useState<readonly CheckRow[]>(stored);
  // Undo, or another view, may have changed what is stored.
  const isSame = JSON.stringify(drafts.filter(isFilledCheck)) === JSON.stringify(stored);
  const rows = isSame ? drafts : stored;

  const change = (changed: readonly CheckRow[]): void => {
    setDrafts(changed);
    const filled = changed.filter(isFilledCheck);
    if (JSON.stringify(filled) === JSON.stringify(stored)) return;
    onChange(filled.length === 0 ? undefined : filled.map(storedCheck));
  };
  const put = (index: number, part: Partial<CheckRow>): void =>
    change(rows.map((own, at) => (at === index ? { ...own, ...part } : own)));

  return (
    <div
      id={id}
      role="group"
      aria-label={field.title}
      aria-describedby={describedBy}
      className="flex flex-col gap-2"
    >
      {rows.map((row, index) => (
        <div key={index} className="flex items-start gap-1 rounded-md border border-line p-1">
          <div className="grid min-w-0 flex-1 grid-cols-[repeat(auto-fit,minmax(9.5rem,1fr))] gap-1">
            <TextInput
              aria-label={t("headerName")}
              placeholder={t("headerName")}
              readOnly={isReadOnly}
              value={row.header}
              onChange={(event) => put(index, { header: event.target.value })}
            />
            <Select
              aria-label={t("rule")}
              disabled={isReadOnly}
              value={row.rule}
              onChange={(event) => put(index, { rule: event.target.value })}
            >
              {CHECK_RULES.map((rule) => (
                <option key={rule} value={rule}>
                  {t(`rules.${rule}`)}
                </option>
              ))}
            </Select>
            <Combo
              aria-label={t("pattern")}
              placeholder={t("pattern")}
              isReadOnly={isReadOnly}
              value={row.value}
              offer={offerVariables}
              onText={(text) => put(index, { value: text })}
            />
            <TextInput
              aria-label={t("intoVariable")}
              placeholder={t("intoVariable")}
              readOnly={isReadOnly}
              value={row.variable}
              onChange={(event) => put(index, { variable: event.target.value })}
            />
          </div>
          {!isReadOnly && (
            <IconButton
              icon={X}
              label={t("removeCheck", { name: row.header === "" ? index + 1 : row.header })}
              size="smallIcon"
              onClick={() => change(rows.filter((_, at) => at !== index))}
            />
          )}
        </div>
      ))}
      {!isReadOnly && (
        <Button
          size="small"
          tone="quiet"
          className="self-start text-muted"
          onClick={() => setDrafts([...rows, EMPTY])}
        >
          <Plus aria-hidden size={14} />
          {t("addCheck")}
        </Button>
      )}
    </div>
  );
}
