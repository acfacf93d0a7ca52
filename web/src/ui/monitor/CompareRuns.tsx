import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { instancesIn } from "@/core/ladder/lanes";
import { lineOf } from "@/core/ladder/labels";
import type { Arrow } from "@/core/ladder/model";
import { differencesOf, MAX_ARROWS, type MessageRow, type NodeRow } from "@/core/run/compare";
import type { RunInfo } from "@/core/run/events";
import type { NodeRun } from "@/core/run/state";
import { printable } from "@/core/sip/printable";
import { useCatalogue } from "@/features/catalogue/store";
import { endComparison, type RunComparison, useRunComparison } from "@/features/history/compare";
import { classes } from "@/ui/kit/classes";
import { Dialog } from "@/ui/kit/Dialog";
import { ErrorText } from "@/ui/kit/ErrorText";
import { formatMoment } from "@/ui/kit/time";
import { formatSpan } from "./RunRow";
import { Verdict } from "./RunStatus";

/** Two runs beside each other: how every node ended and how long it took, and their ladders message by message. */
export function CompareRuns() {
  const { t } = useTranslation("monitor");
  const comparison = useRunComparison((view) => view.comparison);
  if (comparison === null) return null;
  const { left, right, nodes, messages, isCut } = comparison;
  const differing = messages.filter(({ kind }) => kind !== "same").length;
  return (
    <Dialog title={t("compare.title")} isOpen isRead onClose={endComparison} className="w-[min(94vw,60rem)]">
      <div className="grid grid-cols-2 gap-3">
        <Head run={left} />
        <Head run={right} />
      </div>
      <h3 className="mt-4 mb-1 font-semibold">{t("compare.nodes")}</h3>
      <Nodes rows={nodes} comparison={comparison} />
      <h3 className="mt-4 mb-1 flex items-baseline gap-2 font-semibold">
        {t("compare.messages")}
        <span className="text-xs font-normal text-muted">
          {differing === 0 ? t("compare.sameLadder") : t("compare.differences", { count: differing })}
        </span>
      </h3>
      {isCut && <p className="mb-1 text-xs text-warning">{t("compare.cut", { count: MAX_ARROWS })}</p>}
      <Messages rows={messages} comparison={comparison} />
    </Dialog>
  );
}

function Head({ run }: { run: RunInfo }) {
  const { t, i18n } = useTranslation("monitor");
  return (
    <div className="rounded-lg border border-line p-2">
      <p className="truncate font-medium">{run.name ?? run.scenarioName}</p>
      <p className="flex flex-wrap items-center gap-x-2 text-xs text-muted">
        <Verdict result={run.result} />
        <span>{formatMoment(run.startedAt, i18n.language)}</span>
        {run.endedAt !== null && <span>{formatSpan(run.endedAt - run.startedAt)}</span>}
        <span>{t("messages", { count: run.messages })}</span>
      </p>
      <ErrorText of={run} className="mt-1 block text-xs text-failure" />
    </div>
  );
}

function Nodes({ rows, comparison }: { rows: readonly NodeRow[]; comparison: RunComparison }) {
  const { t } = useTranslation("monitor");
  const titleOf = useCatalogue((catalogue) => catalogue.titleOf);
  const titles = useMemo(
    () => new Map(comparison.documents.flatMap(({ nodes }) => nodes.map((node) => [node.id, titleOf(node)]))),
    [comparison, titleOf],
  );
  return (
    <table className="w-full table-fixed border-collapse text-xs">
      <thead className="text-left text-muted">
        <tr>
          <th className="w-1/4 px-2 py-1 font-medium">{t("compare.node")}</th>
          <th className="py-1 pr-2 font-medium">{t("compare.left")}</th>
          <th className="py-1 pr-2 font-medium">{t("compare.right")}</th>
          <th className="w-24 px-2 py-1 text-right font-medium">{t("compare.change")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ id, left, right, differs }) => (
          <tr key={id} className={classes("border-t border-line", differs && "bg-warning-soft/55")}>
            <th scope="row" className="truncate px-2 py-1 text-left font-medium">
              {titles.get(id) ?? id}
              {differs && <span className="sr-only"> ({t("compare.differs")})</span>}
            </th>
            <Cell run={left} />
            <Cell run={right} />
            <td className="px-2 py-1 text-right tabular-nums">{changeOf(left, right)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const STATE_TONES = {
  pending: "text-muted",
  running: "text-running",
  completed: "text-success",
  failed: "text-failure",
  stopped: "text-warning",
};

function Cell({ run }: { run: NodeRun | undefined }) {
  const { t } = useTranslation("monitor");
  const state = run?.state ?? "pending";
  const span = spanOf(run);
  return (
    <td className="py-1 pr-2">
      <span className={classes("font-medium", STATE_TONES[state])}>{t(`state.${state}`)}</span>
      {span !== null && <span className="ml-2 text-muted tabular-nums">{formatSpan(span)}</span>}
      {run !== undefined && <ErrorText of={run} className="block truncate text-muted" />}
    </td>
  );
}

const spanOf = (run: NodeRun | undefined): number | null =>
  run === undefined || run.since === null || run.until === null ? null : run.until - run.since;

function changeOf(left: NodeRun | undefined, right: NodeRun | undefined): string {
  const [before, after] = [spanOf(left), spanOf(right)];
  if (before === null || after === null || before === after) return "";
  return `${after > before ? "+" : "−"}${formatSpan(Math.abs(after - before))}`;
}

function Messages({ rows, comparison }: { rows: readonly MessageRow[]; comparison: RunComparison }) {
  const { t } = useTranslation("monitor");
  const [open, setOpen] = useState<MessageRow | null>(null);
  const names = useMemo(
    () => new Map(comparison.documents.flatMap(instancesIn).map(({ id, name }) => [id, name])),
    [comparison],
  );
  const nameOf = (key: string) => names.get(key) ?? printable(key);
  const tell = (arrow: Arrow | null, run: RunInfo) =>
    arrow === null ? (
      <span className="text-muted">–</span>
    ) : (
      <>
        <span className="mr-2 font-mono text-[11px] text-muted tabular-nums">
          {((arrow.first.timestamp - run.startedAt) / 1_000).toFixed(3)}
        </span>
        {nameOf(arrow.source)} → {nameOf(arrow.target)}: <span className="font-medium">{lineOf(arrow)}</span>
      </>
    );
  return (
    <ol className="text-xs">
      {rows.map((row, index) => {
        const { kind, left, right } = row;
        return (
          <li
            key={index}
            className={classes("border-t border-line", kind !== "same" && "bg-warning-soft/55")}
          >
            <div className="grid grid-cols-[1fr_1.5rem_1fr] items-center px-2 py-1">
              <span className="truncate">{tell(left, comparison.left)}</span>
              {kind === "changed" ? (
                <button
                  type="button"
                  aria-expanded={open === row}
                  aria-label={t("compare.showDifference")}
                  title={t("compare.showDifference")}
                  className="cursor-pointer rounded text-center font-semibold text-warning hover:bg-line"
                  onClick={() => setOpen(open === row ? null : row)}
                >
                  ≠
                </button>
              ) : (
                <span className="text-center text-muted">
                  <span aria-hidden>{{ same: "=", left: "−", right: "+" }[kind]}</span>
                  <span className="sr-only">{t(`compare.kind.${kind}`)}</span>
                </span>
              )}
              <span className="truncate">{tell(right, comparison.right)}</span>
            </div>
            {open === row && left !== null && right !== null && <Differences left={left} right={right} />}
          </li>
        );
      })}
    </ol>
  );
}

function Differences({ left, right }: { left: Arrow; right: Arrow }) {
  return (
    <ul className="mx-2 mb-2 rounded bg-surface p-2 font-mono text-[11px]">
      {differencesOf(left, right).map(({ name, left: one, right: other }, index) => (
        <li key={index} className="grid grid-cols-2 gap-3 py-0.5 break-all">
          <span className="text-failure">{one !== "" && `− ${printable(titled(name, one))}`}</span>
          <span className="text-success">{other !== "" && `+ ${printable(titled(name, other))}`}</span>
        </li>
      ))}
    </ul>
  );
}

const titled = (name: string, text: string): string => (name === "" ? text : `${name}: ${text}`);
