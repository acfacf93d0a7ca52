import type { RunEvent } from "@/core/run/events";
import { type Tell, toldMedia } from "@/core/run/sayings";
import { standingOf } from "@/core/run/state";
import type { Begun } from "./media";
import type { Arrow } from "./model";
import { type Mark, markOf } from "./streams";
import { printable, shortened } from "@/core/sip/printable";

/** What is left out. Calls go by their Call-ID, lanes by their place's key. */
export interface Filter {
  text: string;
  hiddenMethods: ReadonlySet<string>;
  hiddenCalls: ReadonlySet<string>;
  hiddenLanes: ReadonlySet<string>;
}

export const NOTHING_HIDDEN: Filter = {
  text: "",
  hiddenMethods: new Set(),
  hiddenCalls: new Set(),
  hiddenLanes: new Set(),
};

export const isFiltering = (filter: Filter): boolean =>
  filter.text !== "" || filter.hiddenMethods.size + filter.hiddenCalls.size + filter.hiddenLanes.size > 0;

/** A line of the ladder. `id` is the `seq` at which it came; a gap has that of the line after it. */
export type Row =
  | { kind: "arrow"; id: number; at: number; sinceMs: number; arrow: Arrow }
  | { kind: "gap"; id: number; at: number; sinceMs: number }
  | { kind: "media"; id: number; at: number; sinceMs: number; begun: Begun }
  | { kind: "remark"; id: number; at: number; sinceMs: number; remark: Remark };

/** A remark as it comes: `id` is the `seq` of its event. */
export interface RemarkEntry {
  id: number;
  at: number;
  remark: Remark;
}

/** Something that happened at one lane and is no message: media, a digit, a failure. */
export interface Remark {
  lane: string;
  nodeId: string | null;
  tone: "media" | "failure";
  text: string;
  /** The same in a word, beside the stream's bar. */
  mark: Mark | null;
}

/** A pause from which on it is marked that nothing happened. */
export const GAP_MS = 2_000;

const REMARK_LENGTH = 160;

/** What an event that is no message says on the ladder, if it says anything. */
export function remarkOf(event: RunEvent, tell: Tell): Remark | null {
  const { instanceId, nodeId } = event;
  if (instanceId === null) return null;
  const remark = (tone: Remark["tone"], text: string, mark: Mark | null = null): Remark => ({
    lane: instanceId,
    nodeId,
    tone,
    text: shortened(printable(text), REMARK_LENGTH),
    mark,
  });
  if (event.event === "scenario:media") return remark("media", toldMedia(tell, event), markOf(event));
  if (event.event !== "scenario:node-state" || standingOf(event) !== "failed") return null;
  if (event.error === null) return null;
  return remark("failure", tell(event.error, event.said?.error));
}

/** Whether the filter lets an arrow through. */
export function isShown({ first, source, target }: Arrow, filter: Filter): boolean {
  if (filter.hiddenMethods.has(first.method) || filter.hiddenCalls.has(first.sipCallId)) return false;
  if (filter.hiddenLanes.has(source) || filter.hiddenLanes.has(target)) return false;
  const text = filter.text.toLowerCase();
  return text === "" || first.raw.toLowerCase().includes(text);
}

/** Whether the filter leaves a call's bars on the ladder. What a message must say does not concern them. */
export const isCallShown = (invite: Arrow, filter: Filter): boolean =>
  isShown(invite, filter.text === "" ? filter : { ...filter, text: "" });

/** The lines of a ladder, which grow at their end as arrows and remarks come. */
export class Rows {
  readonly list: Row[] = [];
  private lastAt: number | null = null;

  constructor(private readonly filter: Filter) {}

  addArrow(arrow: Arrow): void {
    if (!isShown(arrow, this.filter)) return;
    const { id, first } = arrow;
    this.list.push({ kind: "arrow", ...this.moment(id, first.timestamp), arrow });
  }

  addRemark({ id, at, remark }: RemarkEntry): void {
    // A remark belongs to no call or method: who looks for those does not look for remarks.
    const { hiddenLanes, text } = this.filter;
    if (hiddenLanes.has(remark.lane) || !remark.text.toLowerCase().includes(text.toLowerCase())) return;
    this.list.push({ kind: "remark", ...this.moment(id, at), remark });
  }

  /** The stretch of media that begins with the arrow added last. A call without descriptions has no media to tell. */
  addMedia(begun: Begun, { id, first }: Arrow): void {
    const { text } = this.filter;
    if (begun.stretch.flow === null || text !== "" || !isShown(begun.bar.invite, this.filter)) return;
    this.list.push({ kind: "media", ...this.moment(id, first.timestamp), begun });
  }

  /** When a line came, and how long after the one before; a long pause gets a line of its own. */
  private moment(id: number, at: number): { id: number; at: number; sinceMs: number } {
    const sinceMs = this.lastAt === null ? 0 : at - this.lastAt;
    if (sinceMs >= GAP_MS) this.list.push({ kind: "gap", id, at, sinceMs });
    this.lastAt = at;
    return { id, at, sinceMs };
  }
}
