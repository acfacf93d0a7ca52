import type { RunEvent } from "./events";
import type { Recording } from "./state";

/**
 * Brings a run's events into their order, whichever way they come: frames of the socket may begin too late, come
 * twice or end early; pages of the record fill what is missing.
 */
export class Intake {
  private waiting: RunEvent[] = [];
  private next = 0;
  private known = 0;

  constructor(readonly recording: Recording) {}

  /** Events as a frame of the socket brings them; `take` takes them in. */
  offer(events: readonly RunEvent[]): void {
    for (const event of events) this.waiting.push(event);
    this.tell(events.at(-1)?.seq ?? 0);
  }

  /** The server has this many events. */
  tell(lastSeq: number): void {
    this.known = Math.max(this.known, lastSeq);
  }

  /** Take in the next few of what waits. Past a gap nothing is kept: `isBehind` then, and the record has it all. */
  take(limit: number): void {
    const part = this.waiting.slice(this.next, this.next + limit);
    const isGap = this.recording.append(part);
    this.next += part.length;
    if (isGap || this.next === this.waiting.length) {
      this.waiting = [];
      this.next = 0;
    }
  }

  /** A page of the record. */
  fill(events: readonly RunEvent[], lastSeq: number): void {
    this.recording.append(events);
    this.tell(lastSeq);
  }

  get isWaiting(): boolean {
    return this.waiting.length > 0;
  }

  /** Whether events are missing that nothing waiting will bring. */
  get isBehind(): boolean {
    return !this.isWaiting && this.recording.lastSeq < this.known;
  }
}
