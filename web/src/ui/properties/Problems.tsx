import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Finding } from "@/api/catalogue";
import { useCatalogue } from "@/features/catalogue/store";
import { useIsReadOnly } from "@/features/editor/shown";
import { useEditor } from "@/features/editor/store";
import { useFocus } from "@/features/focus/store";
import { useProblems } from "@/features/problems/store";
import { useSettings } from "@/features/settings/store";
import { Empty } from "@/ui/kit/Empty";
import { classes } from "@/ui/kit/classes";

const SIGNS = {
  error: { Icon: CircleAlert, tone: "text-failure" },
  warning: { Icon: TriangleAlert, tone: "text-warning" },
};

/** Show where a finding is: the node and its field, or the wire. */
function jumpTo({ nodeId, edgeId, field }: Finding): void {
  if (nodeId !== null) {
    useEditor.getState().select([nodeId]);
    if (field !== null) useSettings.getState().set({ isPropertiesOpen: true });
    useFocus.getState().show({ nodeId, field });
  } else if (edgeId !== null) {
    const { document, select } = useEditor.getState();
    select([], [edgeId]);
    const source = document.edges.find(({ id }) => id === edgeId)?.source;
    if (source !== undefined) useFocus.getState().show({ nodeId: source });
  }
}

/** So many lines are drawn of each kind; who has more mends these first. */
const MOST_LINES = 300;

/** All findings, errors first. A click or Enter goes to the place; arrows walk through the list. */
export function Problems() {
  const { t } = useTranslation("properties");
  const { findings, errors, warnings } = useProblems();
  const isReadOnly = useIsReadOnly();
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const request = useFocus((focus) => focus.request);
  useEffect(() => {
    list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, [request]);
  if (isReadOnly) return <Empty icon={CircleCheck} title={t("problems.readOnly")} />;
  if (findings.length === 0)
    return (
      <Empty icon={CircleCheck} title={t("problems.none")}>
        <p>{t("problems.noneText")}</p>
      </Empty>
    );
  const groups = [
    { severity: "error", count: errors, lines: findings.slice(0, Math.min(errors, MOST_LINES)), first: 0 },
    {
      severity: "warning",
      count: warnings,
      lines: findings.slice(errors, errors + MOST_LINES),
      first: Math.min(errors, MOST_LINES),
    },
  ] as const;
  const last = groups[1].first + groups[1].lines.length - 1;
  const walk = (event: KeyboardEvent): void => {
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const index = Math.min(Math.max(next, 0), last);
    setAt(index);
    list.current?.querySelectorAll<HTMLElement>("button")[index]?.focus();
  };
  return (
    <div ref={list} onKeyDown={walk} className="h-full overflow-auto pb-2">
      {groups
        .filter(({ count }) => count > 0)
        .map(({ severity, count, lines, first }) => (
          <section key={severity} aria-label={t(`problems.${severity}`, { count })}>
            <h3 className="sticky top-0 bg-surface px-3 pt-2 pb-1 text-xs font-semibold text-muted">
              {t(`problems.${severity}`, { count })}
            </h3>
            <ul>
              {lines.map((finding, index) => (
                <li key={`${finding.nodeId} ${finding.edgeId} ${finding.field} ${finding.code} ${index}`}>
                  <Line
                    finding={finding}
                    isTabStop={Math.min(at, last) === first + index}
                    onFocus={() => setAt(first + index)}
                  />
                </li>
              ))}
            </ul>
            {count > lines.length && (
              <p className="px-3 py-1 text-muted">{t("problems.more", { count: count - lines.length })}</p>
            )}
          </section>
        ))}
    </div>
  );
}

function Line({
  finding,
  isTabStop,
  onFocus,
}: {
  finding: Finding;
  isTabStop: boolean;
  onFocus: () => void;
}) {
  const { infoOf, titleOf } = useCatalogue();
  const node = useEditor(({ document }) => document.nodes.find(({ id }) => id === finding.nodeId));
  const isFocused = useFocus(({ nodeId }) => nodeId !== null && nodeId === finding.nodeId);
  const { Icon, tone } = SIGNS[finding.severity];
  const field = node === undefined ? undefined : infoOf(node)?.schema.properties[finding.field ?? ""]?.title;
  return (
    <button
      type="button"
      tabIndex={isTabStop ? 0 : -1}
      aria-current={isFocused || undefined}
      onFocus={onFocus}
      onClick={() => jumpTo(finding)}
      className={classes(
        "flex min-h-7 w-full cursor-pointer items-baseline gap-2 px-3 py-1 text-left -outline-offset-2 hover:bg-sunken",
        isFocused && "bg-accent-soft hover:bg-accent-soft",
      )}
    >
      <Icon aria-hidden size={14} className={classes("shrink-0 self-center", tone)} />
      <span className="min-w-0 break-words">
        {/* A name that changes the direction of writing changes its own alone. */}
        {node !== undefined && <bdi className="font-medium">{titleOf(node)}</bdi>}
        {field !== undefined && <span className="text-muted"> · {field}</span>}
        {node !== undefined && <span aria-hidden> — </span>}
        <bdi>{finding.message}</bdi>
      </span>
    </button>
  );
}
