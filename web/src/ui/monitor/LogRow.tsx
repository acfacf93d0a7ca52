import { CircleX, TriangleAlert } from "lucide-react";
import { type CSSProperties, memo } from "react";
import { formatClock } from "@/core/ladder/time";
import type { RunEvent } from "@/core/run/events";
import { levelOf, textOf, type Words } from "@/core/run/log";
import { printable } from "@/core/sip/printable";

export const ROW_HEIGHT = 22;

const TONES = { debug: "text-muted", info: "", warning: "text-warning", error: "text-failure" };

export interface Who {
  name: string;
  color: string;
}

/** What all rows of a log have in common. */
export interface LogSetting {
  startedAt: number;
  words: Words;
  people: ReadonlyMap<string, Who>;
}

const ROW = "flex h-[22px] cursor-pointer items-center gap-2 px-3 leading-none hover:bg-sunken";
const LIT = "bg-accent-soft hover:bg-accent-soft";
const ACTIVE = "shadow-[inset_2px_0_0_var(--accent)]";
/** The instance's colour is a dot before its name, drawn as its ground: one element less in every row. */
const WHO =
  "w-28 shrink-0 truncate bg-[radial-gradient(circle_at_4px_50%,var(--who,transparent)_3.5px,transparent_4.5px)] py-1 pl-3.5";

/** A line of the log: when, how much it matters, who, on which call, what. */
export const LogRow = memo(function LogRow({
  event,
  slot,
  place,
  count,
  setting: { startedAt, words, people },
  isLit,
  isActive,
  isPointed,
}: {
  event: RunEvent;
  /** Its place in the window, which stays that of its elements. */
  slot: number;
  place: number;
  count: number;
  setting: LogSetting;
  isLit: boolean;
  isActive: boolean;
  /** Whether the mouse is there: only then are hints of use. */
  isPointed: boolean;
}) {
  const level = levelOf(event);
  const text = textOf(event, words);
  const who = event.instanceId === null ? undefined : people.get(event.instanceId);
  return (
    <div
      role="option"
      id={`log-${event.seq}`}
      data-slot={slot}
      aria-selected={isActive}
      aria-current={isLit || undefined}
      aria-setsize={count}
      aria-posinset={place + 1}
      className={`${ROW} ${isLit ? LIT : ""} ${isActive ? ACTIVE : ""}`}
    >
      <time
        className="w-[4.25rem] shrink-0 text-right font-mono text-[11px] text-muted tabular-nums"
        title={isPointed ? formatClock(event.timestamp) : undefined}
      >
        {((event.timestamp - startedAt) / 1_000).toFixed(3)}
      </time>
      <span className={`w-3.5 shrink-0 ${TONES[level]}`}>
        {level === "error" && <CircleX aria-hidden size={14} />}
        {level === "warning" && <TriangleAlert aria-hidden size={14} />}
        {level !== "info" && <span className="sr-only">{words.level[level]}</span>}
      </span>
      <span className={WHO} style={{ "--who": who?.color } as CSSProperties}>
        {who?.name}
      </span>
      <span className="w-22 shrink-0 truncate py-1 font-mono text-[11px] text-muted">
        {event.callId === null ? "" : printable(event.callId)}
      </span>
      <span className={`min-w-0 flex-1 truncate py-1 ${TONES[level]}`} title={isPointed ? text : undefined}>
        {text}
      </span>
    </div>
  );
});
