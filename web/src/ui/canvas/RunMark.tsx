import { Check, LoaderCircle, Square, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { NodeRun } from "@/core/run/state";
import { useRun } from "@/features/run/store";

/** How a node stands in the run: a sign, and how long it took or has taken so far. */
export function RunMark({ run }: { run: NodeRun }) {
  const { t } = useTranslation("editor");
  if (run.state === "pending") return null;
  const Icon = { running: LoaderCircle, completed: Check, failed: X, stopped: Square }[run.state];
  return (
    <span className="run-mark mr-2.5 flex shrink-0 flex-col items-center gap-0.5" data-state={run.state}>
      <Icon aria-hidden size={16} strokeWidth={2.5} />
      <span className="sr-only">{t(`state.${run.state}`)}</span>
      {run.since !== null && <Duration since={run.since} until={run.until} />}
    </span>
  );
}

function Duration({ since, until }: { since: number; until: number | null }) {
  const isLive = useRun(({ view, cursor }) => view === "live" && cursor === null);
  const shown = useRun(({ state }) => (until === null && !isLive ? state.lastAt : null));
  const now = useNow(until === null && isLive);
  return (
    <span className="text-[10px] leading-none tabular-nums">
      {formatDuration((until ?? shown ?? now) - since)}
    </span>
  );
}

/** The clock, ticking only while it is asked for. */
function useNow(isTicking: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isTicking) return;
    const tick = setInterval(() => setNow(Date.now()), 200);
    return () => clearInterval(tick);
  }, [isTicking]);
  return now;
}

/** A span of time in at most five characters: `12 ms`, `3.4 s`, `2:05`. */
export function formatDuration(spanMs: number): string {
  const ms = Math.max(0, Math.round(spanMs));
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1_000) % 60).padStart(2, "0")}`;
}
