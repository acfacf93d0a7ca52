import { labelOf } from "@/core/ladder/labels";
import { printable } from "@/core/sip/printable";
import type { Level, NodeStateEvent, RunEvent } from "./events";
import { type Said, type Tell, toldMedia } from "./sayings";
import { type Standing, standingOf } from "./state";

/** What is left out of the log. Null lets all through. */
export interface LogFilter {
  /** Lines of this level and of those that matter more. */
  level: Level;
  instanceId: string | null;
  callId: string | null;
  text: string;
}

export const EVERYTHING: LogFilter = { level: "debug", instanceId: null, callId: null, text: "" };

/** The words of the reader's language, and people's names for nodes. */
export interface Words {
  tell: Tell;
  node: (id: string) => string;
  state: Readonly<Record<Standing, string>>;
  level: Readonly<Record<Level, string>>;
  started: string;
  completed: string;
  failed: string;
  stopped: string;
}

const WEIGHT = { debug: 0, info: 1, warning: 2, error: 3 } satisfies Record<Level, number>;

const LEVELS = {
  pending: "info",
  running: "info",
  completed: "info",
  failed: "error",
  stopped: "warning",
} satisfies Record<Standing, Level>;

export function levelOf(event: RunEvent): Level {
  switch (event.event) {
    case "scenario:action-log":
      return event.level in WEIGHT ? event.level : "info";
    case "scenario:node-state":
      return LEVELS[standingOf(event)];
    case "scenario:failed":
      return "error";
    case "scenario:stopped":
      return "warning";
    default:
      return "info";
  }
}

/** An event as people read it, in one line. */
export function textOf(event: RunEvent, words: Words): string {
  return printable(plainTextOf(event, words));
}

function nodeText(event: NodeStateEvent, words: Words): string {
  const standing = standingOf(event);
  const text = `${words.node(event.nodeId)}: ${words.state[standing]}`;
  return standing === "failed" ? withError(text, errorOf(event, words)) : text;
}

function plainTextOf(event: RunEvent, words: Words): string {
  switch (event.event) {
    case "scenario:started":
      return words.started;
    case "scenario:node-state":
      return nodeText(event, words);
    case "scenario:action-log":
      return words.tell(event.message, event.said?.message);
    case "scenario:sip-message": {
      const { name, answers, sdp } = labelOf(event);
      const what = [name, answers, sdp].filter((part) => part !== null).join(" · ");
      return `${event.direction === "sent" ? "→" : "←"} ${what}  ${event.transport} ${event.remoteAddress}`;
    }
    case "scenario:media":
      return toldMedia(words.tell, event);
    case "scenario:completed":
      return words.completed;
    case "scenario:stopped":
      return words.stopped;
    case "scenario:failed":
      return withError(words.failed, errorOf(event, words));
  }
}

const errorOf = ({ error, said }: { error: string | null; said?: Said }, { tell }: Words): string | null =>
  error === null ? null : tell(error, said?.error);

const withError = (text: string, error: string | null): string =>
  error === null ? text : `${text}: ${error}`;

/** The `seq` of every event that the filter lets through; grows with the run. */
export class LogLines {
  readonly seqs: number[] = [];
  private next = 0;
  private readonly least: number;
  private readonly text: string;

  constructor(
    private readonly filter: LogFilter,
    private readonly words: Words,
    /** Every call id met, whether or not its lines are shown. */
    readonly calls: Set<string>,
  ) {
    this.least = WEIGHT[filter.level];
    this.text = filter.text.trim().toLowerCase();
  }

  /** Look through the next few events; returns whether all have been looked through. */
  grow(events: readonly RunEvent[], limit: number): boolean {
    const end = Math.min(this.next + limit, events.length);
    for (; this.next < end; this.next++) {
      const event = events[this.next];
      if (event === undefined) break;
      if (event.callId !== null) this.calls.add(event.callId);
      if (this.letsThrough(event)) this.seqs.push(event.seq);
    }
    return end === events.length;
  }

  /** How many lines there are up to the event `seq`. */
  countUntil(seq: number): number {
    let [low, high] = [0, this.seqs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.seqs[middle] ?? Infinity) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private letsThrough(event: RunEvent): boolean {
    const { instanceId, callId } = this.filter;
    if (this.least > 0 && WEIGHT[levelOf(event)] < this.least) return false;
    if (instanceId !== null && event.instanceId !== instanceId) return false;
    if (callId !== null && event.callId !== callId) return false;
    return this.text === "" || textOf(event, this.words).toLowerCase().includes(this.text);
  }
}
