import { Ban, CircleCheck, CircleX, Loader, Unplug } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { closeRun } from "@/features/run/follow";
import { useRun } from "@/features/run/store";
import { useWorkspace } from "@/features/workspace/store";
import { Button } from "@/ui/kit/Button";
import { classes } from "@/ui/kit/classes";
import { formatMoment } from "@/ui/kit/time";

const LOOKS = {
  running: [Loader, "text-running"],
  completed: [CircleCheck, "text-success"],
  failed: [CircleX, "text-failure"],
  stopped: [Ban, "text-warning"],
  interrupted: [Unplug, "text-warning"],
} as const;

/** How the run shown stands: its state, how long it has gone, what it counts. Also in the tab's title. */
export function RunStatus() {
  const { t, i18n } = useTranslation("monitor");
  const run = useRun((view) => view.run);
  const kind = useRun((view) => view.view);
  const isAlone = useRun((view) => view.isAlone);
  const isLost = useRun((view) => view.connection === "lost");
  const messages = useRun((view) => view.state.messages);
  const open = useWorkspace((workspace) => workspace.open?.name);
  useTitle(run === null ? open : `${t(`result.${run.result}`)} · ${run.scenarioName}`);
  return (
    <div role="status" className="flex items-center gap-2 overflow-hidden whitespace-nowrap">
      {isLost && (
        <span className="flex items-center gap-1 text-warning">
          <Unplug aria-hidden size={14} /> {t("connectionLost")}
        </span>
      )}
      {run !== null && (
        <>
          <Verdict result={run.result} />
          <Elapsed startedAt={run.startedAt} endedAt={run.endedAt} />
          <span className="text-muted">{t("messages", { count: messages })}</span>
          {kind === "recorded" && (
            <>
              <span className="truncate text-muted">
                {t("recordedAt", { time: formatMoment(run.startedAt, i18n.language) })}
              </span>
              {!isAlone && (
                <Button size="small" onClick={closeRun}>
                  {t("backToEditing")}
                </Button>
              )}
            </>
          )}
        </>
      )}
    </div>
  );
}

export function Verdict({ result }: { result: keyof typeof LOOKS }) {
  const { t } = useTranslation("monitor");
  const [Icon, colour] = LOOKS[result];
  return (
    <span data-result={result} className={classes("flex items-center gap-1 font-semibold", colour)}>
      <Icon aria-hidden size={15} className={result === "running" ? "animate-spin" : ""} />
      {t(`result.${result}`)}
    </span>
  );
}

/** A result as its sign alone, named for those who hear it. */
export function ResultIcon({ result }: { result: keyof typeof LOOKS }) {
  const { t } = useTranslation("monitor");
  const [Icon, colour] = LOOKS[result];
  return (
    <span title={t(`result.${result}`)} className={classes("mt-0.5 shrink-0", colour)}>
      <Icon aria-hidden size={15} className={result === "running" ? "animate-spin" : ""} />
      <span className="sr-only">{t(`result.${result}`)}</span>
    </span>
  );
}

function Elapsed({ startedAt, endedAt }: { startedAt: number; endedAt: number | null }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (endedAt !== null) return;
    const timer = setInterval(() => setNow(Date.now()), 100);
    return () => clearInterval(timer);
  }, [endedAt]);
  const seconds = Math.max(0, (endedAt ?? now) - startedAt) / 1000;
  return <span className="text-muted tabular-nums">{seconds.toFixed(1)} s</span>;
}

function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title === undefined ? "SIPFLOW" : `${title} · SIPFLOW`;
  }, [title]);
}
