import type { RunEvent } from "./events";
import { standingOf } from "./state";

/** A failure's place in time. */
export interface Mark {
  seq: number;
  at: number;
}

/** When what has happened in a run. Grows with it. */
export class Timeline {
  readonly failures: Mark[] = [];
  private readonly messages: number[] = [];
  private next = 0;

  /** Take in the events that have come since. */
  grow(events: readonly RunEvent[]): void {
    for (; this.next < events.length; this.next++) {
      const event = events[this.next];
      if (event?.event === "scenario:sip-message") this.messages.push(event.timestamp);
      else if (event !== undefined && isFailure(event))
        this.failures.push({ seq: event.seq, at: event.timestamp });
    }
  }

  /** How many messages fall into each of so many equal parts of a span. */
  density(from: number, until: number, parts: number): number[] {
    const counts = new Array<number>(parts).fill(0);
    const width = Math.max(until - from, 1) / parts;
    for (const at of this.messages) {
      const part = Math.min(Math.max(Math.floor((at - from) / width), 0), parts - 1);
      counts[part] = (counts[part] ?? 0) + 1;
    }
    return counts;
  }
}

/** The `seq` of the last event that had come at a moment; 0 before the first. */
export function seqAt(events: readonly RunEvent[], at: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.timestamp ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

const isFailure = (event: RunEvent): boolean =>
  event.event === "scenario:node-state"
    ? standingOf(event) === "failed"
    : event.event === "scenario:failed" && event.nodeId === null;
