import i18next from "i18next";
import { ScrollText } from "lucide-react";
import { type KeyboardEvent, type MouseEvent, useCallback, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { colorsOf } from "@/core/document/colors";
import { instancesIn } from "@/core/ladder/lanes";
import { nodeAt, workOf } from "@/core/ladder/nodes";
import type { RunEvent } from "@/core/run/events";
import { levelOf, type LogLines, textOf, type Words } from "@/core/run/log";
import { type Focus, useFocus } from "@/features/focus/store";
import { useShownDocument } from "@/features/editor/shown";
import { followLog, useLog } from "@/features/run/log";
import { shownSeq, useRun } from "@/features/run/store";
import { attempt } from "@/ui/kit/attempt";
import { Empty } from "@/ui/kit/Empty";
import { slotOf, useRows } from "@/ui/kit/useRows";
import { LogFilter } from "./LogFilter";
import { LogRow, type LogSetting, ROW_HEIGHT, type Who } from "./LogRow";
import { useWords } from "./useWords";

/** Everything that happens in the run, line by line. */
export function Log() {
  const { t } = useTranslation("monitor");
  const hasRun = useRun((view) => view.view !== "none");
  const words = useWords();
  useEffect(() => useLog.getState().setWords(words), [words]);
  useEffect(followLog, []);
  if (hasRun) return <Lines words={words} />;
  return (
    <Empty icon={ScrollText} title={t("log.empty")}>
      <p className="max-w-96">{t("log.emptyText")}</p>
    </Empty>
  );
}

function Lines({ words }: { words: Words }) {
  const { t } = useTranslation("monitor");
  const recording = useRun((view) => view.recording);
  const startedAt = useRun(({ run, state }) => state.startedAt ?? run?.startedAt ?? 0);
  const until = useRun(shownSeq);
  const lines = useLog((log) => log.lines);
  useLog((log) => log.revision);
  const focus = useFocus();
  const document = useShownDocument();
  const instances = useMemo(() => instancesIn(document), [document]);
  const setting = useMemo((): LogSetting => {
    const colors = colorsOf(document);
    const people = new Map<string, Who>(
      instances.map(({ id, name }) => [id, { name, color: colors.get(id) ?? "var(--muted)" }]),
    );
    return { startedAt, words, people };
  }, [document, instances, startedAt, words]);

  const count = lines.countUntil(until);
  const { setScroller, reveal, ...rows } = useRows(count, ROW_HEIGHT);
  const seenRequest = useRef(-1);
  useEffect(() => {
    if (seenRequest.current === focus.request || count === 0) return;
    seenRequest.current = focus.request;
    const seq = seqOf(focus, recording.events);
    if (seq !== null) reveal(lines.countUntil(seq) - 1);
  });

  const show = (index: number): void => {
    const seq = lines.seqs[index];
    const event = seq === undefined ? undefined : recording.at(seq);
    if (event === undefined) return;
    showEvent(event, recording.events);
    reveal(index);
  };
  const active = focus.seq === null ? -1 : indexOf(lines, focus.seq);
  const copy = useCallback(
    (from: number, to: number): void => {
      const copied = lines.seqs.slice(from, to).flatMap((seq) => {
        const event = recording.at(seq);
        return event === undefined ? [] : [plainLine(event, setting)];
      });
      attempt(
        navigator.clipboard.writeText(copied.join("\n")).then(() => {
          toast.success(i18next.t("monitor:log.copied", { count: copied.length }));
        }),
      );
    },
    [lines, recording, setting],
  );
  const copyAll = useCallback(() => copy(0, lines.countUntil(shownSeq(useRun.getState()))), [copy, lines]);
  const pressed = (event: KeyboardEvent): void => {
    const goal = {
      ArrowDown: active + 1,
      ArrowUp: active < 0 ? count - 1 : active - 1,
      PageDown: active + rows.page,
      PageUp: active - rows.page,
      Home: 0,
      End: count - 1,
    }[event.key];
    if (goal !== undefined && count > 0) {
      event.preventDefault();
      show(Math.min(Math.max(goal, 0), count - 1));
    } else if (isCopy(event) && active >= 0) copy(active, active + 1);
  };
  const clicked = (event: MouseEvent): void => {
    const slot = slotOf(event);
    if (slot >= 0) show(rows.first + slot);
  };

  return (
    <div className="flex h-full flex-col">
      <LogFilter
        instances={instances}
        shown={count}
        total={until}
        isFollowing={rows.isFollowing}
        onFollow={rows.follow}
        onCopy={copyAll}
      />
      {/* A child of a flex box is never laid out without its siblings: hence a box between. */}
      <div className="min-h-0 flex-1">
        <div
          ref={setScroller}
          role="listbox"
          tabIndex={0}
          aria-label={t("log.label")}
          aria-activedescendant={active < 0 ? undefined : `log-${focus.seq}`}
          className="h-full overflow-auto bg-surface text-xs [contain:strict] [overflow-anchor:none] focus-visible:outline-offset-[-2px]"
          onKeyDown={pressed}
          onClick={clicked}
          onMouseMove={rows.onMouseMove}
          onMouseLeave={rows.onMouseLeave}
        >
          {count === 0 && <p className="p-4 text-center text-muted">{t("log.none")}</p>}
          <div role="presentation" className="relative min-w-[44rem]" style={{ height: rows.totalHeight }}>
            <div role="presentation" className="absolute inset-x-0" style={{ top: rows.offset }}>
              {lines.seqs.slice(rows.first, rows.end).map((seq, slot) => {
                const event = recording.at(seq);
                if (event === undefined) return null;
                return (
                  <LogRow
                    // Rows that come into sight take the elements of those that have left it.
                    key={slot}
                    {...{ event, slot, count, setting }}
                    place={rows.first + slot}
                    isLit={isLit(event, focus)}
                    isActive={seq === focus.seq}
                    isPointed={slot === rows.pointed}
                  />
                );
              })}
            </div>
          </div>
        </div>
      </div>
    </div>
  );
}

/** Light up what an event is about, everywhere. */
function showEvent(event: RunEvent, events: readonly RunEvent[]): void {
  const { seq } = event;
  useFocus
    .getState()
    .show(
      event.event === "scenario:sip-message"
        ? { seq, arrow: event.firstSeq, nodeId: nodeAt(events, event) }
        : { seq, nodeId: event.nodeId },
    );
}

/** The event that stands for what is lit up: itself, an arrow's first, or a node's last beginning. */
function seqOf({ seq, arrow, nodeId }: Focus, events: readonly RunEvent[]): number | null {
  return seq ?? arrow ?? (nodeId === null ? null : (workOf(events, nodeId)?.from ?? null));
}

function isLit(event: RunEvent, { seq, arrow, nodeId }: Focus): boolean {
  if (arrow !== null) return event.event === "scenario:sip-message" && event.firstSeq === arrow;
  if (seq !== null) return event.seq === seq;
  return nodeId !== null && event.nodeId === nodeId;
}

function indexOf(lines: LogLines, seq: number): number {
  const index = lines.countUntil(seq) - 1;
  return lines.seqs[index] === seq ? index : -1;
}

function plainLine(event: RunEvent, { startedAt, people, words }: LogSetting): string {
  const seconds = ((event.timestamp - startedAt) / 1_000).toFixed(3);
  const who = event.instanceId === null ? "" : (people.get(event.instanceId)?.name ?? event.instanceId);
  return [seconds, levelOf(event), who, event.callId ?? "", textOf(event, words)].join("\t");
}

/** Whether the keys copy, and no text is marked that they would copy instead. */
const isCopy = ({ ctrlKey, metaKey, key }: KeyboardEvent): boolean =>
  (ctrlKey || metaKey) && key.toLowerCase() === "c" && getSelection()?.isCollapsed !== false;
