import { MoreHorizontal } from "lucide-react";
import { useTranslation } from "react-i18next";
import { reportUrl } from "@/api/runs";
import { formatMs } from "@/core/face";
import type { RunInfo } from "@/core/run/events";
import { compareWith } from "@/features/history/compare";
import { useRunHistory } from "@/features/history/store";
import { openRun } from "@/features/run/follow";
import { useRun } from "@/features/run/store";
import { attempt } from "@/ui/kit/attempt";
import { classes } from "@/ui/kit/classes";
import { ErrorText } from "@/ui/kit/ErrorText";
import { ContextMenu, Menu, type MenuItem } from "@/ui/kit/Menu";
import { formatMoment } from "@/ui/kit/time";
import { download } from "@/ui/workspace/files";
import { ResultIcon } from "./RunStatus";

/** What is to be asked about a run. */
export interface Asking {
  what: "name" | "delete";
  run: RunInfo;
}

/** A run in the history: a click opens it, or compares it where another one waits for that. */
export function RunRow({ run, onAsk }: { run: RunInfo; onAsk: (asking: Asking) => void }) {
  const { t, i18n } = useTranslation("monitor");
  const isShown = useRun((view) => view.run?.id === run.id);
  const comparing = useRunHistory((history) => history.comparing);
  const isRunning = run.result === "running";
  const title = run.name ?? run.scenarioName;
  const items: MenuItem[] = [
    { label: t("history.open"), onSelect: () => attempt(openRun(run.id)) },
    { label: t("history.rename"), onSelect: () => onAsk({ what: "name", run }) },
    {
      label: t("history.compare"),
      isDisabled: isRunning,
      onSelect: () => useRunHistory.setState({ comparing: run }),
    },
    {
      label: t("history.download"),
      isDisabled: isRunning,
      onSelect: () => download(reportUrl(run.id)),
    },
    {
      label: t("history.delete"),
      isDanger: true,
      isDisabled: isRunning,
      startsGroup: true,
      onSelect: () => onAsk({ what: "delete", run }),
    },
  ];
  return (
    <li>
      <ContextMenu items={items}>
        <div
          className={classes(
            "group flex items-start rounded-md hover:bg-sunken",
            isShown && "bg-accent-soft hover:bg-accent-soft",
          )}
        >
          <button
            type="button"
            aria-current={isShown}
            disabled={comparing !== null && (comparing.id === run.id || isRunning)}
            className="flex min-w-0 flex-1 cursor-pointer items-start gap-2 px-1.5 py-1.5 text-left disabled:cursor-default disabled:opacity-45"
            onClick={() => attempt(comparing === null ? openRun(run.id) : compareWith(run))}
          >
            <ResultIcon result={run.result} />
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium">{title}</span>
              <span className="block truncate text-xs text-muted">
                {formatMoment(run.startedAt, i18n.language)}
                {run.endedAt !== null && ` · ${formatSpan(run.endedAt - run.startedAt)}`}
              </span>
              <ErrorText of={run} className="block truncate text-xs text-failure" />
            </span>
          </button>
          <Menu
            items={items}
            trigger={
              <button
                type="button"
                aria-label={t("history.moreFor", { name: title })}
                className="mt-1 grid size-6 cursor-pointer place-items-center rounded opacity-0 group-hover:opacity-100 hover:bg-line focus-visible:opacity-100 data-[state=open]:opacity-100"
              >
                <MoreHorizontal aria-hidden size={14} />
              </button>
            }
          />
        </div>
      </ContextMenu>
    </li>
  );
}

/** A span of time, to the tenth of a second where it is longer than one. */
export const formatSpan = (ms: number): string => formatMs(ms < 1_000 ? ms : Math.round(ms / 100) * 100);
