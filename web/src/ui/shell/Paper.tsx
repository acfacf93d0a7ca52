import { useEffect, useState } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import { useRun } from "@/features/run/store";
import { useSettings } from "@/features/settings/store";
import { PrintedLadder } from "@/ui/ladder/PrintedLadder";
import { FailureCard } from "@/ui/monitor/FailureCard";
import { Media } from "@/ui/monitor/Media";
import { PrintedLog } from "@/ui/monitor/PrintedLog";
import { Verdict } from "@/ui/monitor/RunStatus";

/**
 * What is printed in place of the window while a run is shown: the run, why it failed, and what the console shows of
 * it, as long as that is. It is there only while the browser prints: lists on the screen have what is in sight alone.
 */
export function Paper() {
  const isPrinting = useIsPrinting();
  const run = useRun((view) => (view.view === "none" ? null : view.run));
  return isPrinting && run !== null ? <Sheets /> : null;
}

function Sheets() {
  const { i18n } = useTranslation();
  const run = useRun((view) => view.run);
  const tab = useSettings((settings) => settings.consoleTab);
  if (run === null) return null;
  return (
    <div className="paper">
      <header className="mb-3 flex flex-wrap items-baseline gap-x-3">
        <h1 className="text-base font-semibold">{run.name ?? run.scenarioName}</h1>
        <Verdict result={run.result} />
        <span className="text-muted">{new Date(run.startedAt).toLocaleString(i18n.language)}</span>
      </header>
      <FailureCard />
      {tab === "ladder" && <PrintedLadder />}
      {tab === "log" && <PrintedLog />}
      {tab === "media" && <Media />}
    </div>
  );
}

function useIsPrinting(): boolean {
  const [isPrinting, setPrinting] = useState(false);
  useEffect(() => {
    // The browser takes the page as it is when the listener returns.
    const begin = () => flushSync(() => setPrinting(true));
    const end = () => setPrinting(false);
    window.addEventListener("beforeprint", begin);
    window.addEventListener("afterprint", end);
    return () => {
      window.removeEventListener("beforeprint", begin);
      window.removeEventListener("afterprint", end);
    };
  }, []);
  return isPrinting;
}
