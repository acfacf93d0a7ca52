import type { RunEvent } from "@/core/run/events";
import { asItCame, type Tell } from "@/core/run/sayings";
import { Bars } from "./bars";
import { type CallBar, CallBars } from "./media";
import { type Arrow, LadderModel } from "./model";
import { StreamBars } from "./streams";
import { type Filter, isCallShown, type RemarkEntry, remarkOf, type Row, Rows } from "./rows";

/** A call as a filter offers it. */
export interface CallEntry {
  sipCallId: string;
  /** Its place among the calls, from 0. */
  index: number;
  first: Arrow;
  messages: number;
}

/** What the ladder of a run shows through one filter. Both grow at their end. */
export interface Shown {
  readonly rows: readonly Row[];
  readonly bars: Bars;
}

/** All that a run's ladder is drawn from; grows with the run, and takes every event once. */
export class Ladder {
  readonly model = new LadderModel();
  /** Calls by their Call-ID, and how many messages there are of each method. */
  readonly calls = new Map<string, CallEntry>();
  readonly methods = new Map<string, number>();
  /** The streams that the engine told of. */
  readonly streams = new StreamBars();
  private readonly entries: (Arrow | RemarkEntry)[] = [];
  private seq = 0;
  private view: View | null = null;

  constructor(private readonly tell: Tell = asItCame) {}

  /** Take in what these events, which are all there are so far, bring that is new. */
  take(events: readonly RunEvent[]): void {
    for (let at = this.seq; at < events.length; at++) {
      const event = events[at];
      if (event === undefined) break;
      this.seq = at + 1;
      if (event.event === "scenario:sip-message") this.addMessage(event);
      else {
        this.streams.add(event);
        const remark = remarkOf(event, this.tell);
        if (remark !== null) this.entries.push({ id: event.seq, at: event.timestamp, remark });
      }
    }
  }

  private addMessage(event: Extract<RunEvent, { event: "scenario:sip-message" }>): void {
    const { arrows } = this.model;
    const before = arrows.length;
    this.model.add([event]);
    const arrow = arrows.at(-1);
    if (arrows.length === before || arrow === undefined) return;
    this.entries.push(arrow);
    const { method, sipCallId } = event;
    this.methods.set(method, (this.methods.get(method) ?? 0) + 1);
    const call = this.calls.get(sipCallId);
    if (call === undefined)
      this.calls.set(sipCallId, { sipCallId, index: this.calls.size, first: arrow, messages: 1 });
    else call.messages++;
  }

  /** What is shown through a filter, which is known by its identity. */
  shown(filter: Filter): Shown {
    const { moves } = this.model;
    // An arrow that found another end may be one of another lane or another call: everything is laid anew.
    if (this.view === null || this.view.filter !== filter || this.view.moves !== moves)
      this.view = new View(filter, moves);
    this.view.grow(this.entries);
    return this.view;
  }
}

class View implements Shown {
  readonly bars = new Bars(endsOf);
  private readonly lines: Rows;
  private readonly calls = new CallBars();
  private taken = 0;

  constructor(
    readonly filter: Filter,
    readonly moves: number,
  ) {
    this.lines = new Rows(filter);
  }

  get rows(): readonly Row[] {
    return this.lines.list;
  }

  grow(entries: readonly (Arrow | RemarkEntry)[]): void {
    for (; this.taken < entries.length; this.taken++) {
      const entry = entries[this.taken];
      if (entry === undefined) return;
      if ("remark" in entry) this.lines.addRemark(entry);
      else {
        this.lines.addArrow(entry);
        const begun = this.calls.add(entry);
        if (begun === null) continue;
        this.lines.addMedia(begun, entry);
        const isFirst = begun.bar.stretches.length === 1;
        if (isFirst && isCallShown(begun.bar.invite, this.filter)) this.bars.add(begun.bar);
      }
    }
  }
}

const endsOf = ({ invite }: CallBar): readonly string[] => [invite.source, invite.target];
