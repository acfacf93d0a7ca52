import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { instancesIn } from "@/core/ladder/lanes";
import { levelOf, textOf } from "@/core/run/log";
import { printable } from "@/core/sip/printable";
import { useShownDocument } from "@/features/editor/shown";
import { useLog } from "@/features/run/log";
import { shownSeq, useRun } from "@/features/run/store";
import { useWords } from "./useWords";

const MAX_LINES = 2_000;

/** The log for paper: the lines that the filter lets through, each as long as it is. */
export function PrintedLog() {
  const { t } = useTranslation("monitor");
  const words = useWords();
  const lines = useLog((log) => log.lines);
  const recording = useRun((view) => view.recording);
  const until = useRun(shownSeq);
  const startedAt = useRun(({ state, run }) => state.startedAt ?? run?.startedAt ?? 0);
  const document = useShownDocument();
  const names = useMemo(() => new Map(instancesIn(document).map(({ id, name }) => [id, name])), [document]);
  const count = lines.countUntil(until);
  return (
    <>
      <table className="w-full text-[11px]">
        <tbody>
          {lines.seqs.slice(0, Math.min(count, MAX_LINES)).map((seq) => {
            const event = recording.at(seq);
            if (event === undefined) return null;
            const level = levelOf(event);
            return (
              <tr key={seq} className="break-inside-avoid border-b border-line align-top">
                <td className="py-0.5 pr-2 text-right font-mono tabular-nums">
                  {((event.timestamp - startedAt) / 1_000).toFixed(3)}
                </td>
                <td className="py-0.5 pr-2">{level === "info" ? "" : words.level[level]}</td>
                <td className="py-0.5 pr-2 font-medium">{names.get(event.instanceId ?? "")}</td>
                <td className="min-w-20 py-0.5 pr-2 font-mono break-words">
                  {printable(event.callId ?? "")}
                </td>
                <td className="py-0.5 break-words">{textOf(event, words)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {count > MAX_LINES && <p>{t("log.printCut", { all: count, most: MAX_LINES })}</p>}
    </>
  );
}
