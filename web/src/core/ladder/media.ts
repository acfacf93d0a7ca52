import { type Arrow } from "./model";

/** Which way media flows, seen from who began the call: `forward` is to the other side only. */
export type Flow = "both" | "forward" | "backward" | "none";

/** A stretch of a call with one state of its media. */
export interface Stretch {
  from: number;
  /** The arrow that ended it; null while it goes on. */
  to: number | null;
  /** Null where no offer and answer have told yet. */
  flow: Flow | null;
  /** Before the call was answered. */
  isEarly: boolean;
}

/** A call from its first media to its end; ids are those of arrows. */
export interface CallBar {
  /** The INVITE that began it: its ends are the call's ends. */
  invite: Arrow;
  stretches: Stretch[];
}

export interface Begun {
  bar: CallBar;
  stretch: Stretch;
}

interface Call {
  bar: CallBar;
  /** The CSeq of an offer that waits for its answer, and whether a response made it. */
  offer: { cseq: number | null; isInResponse: boolean } | null;
  flow: Flow | null;
  isAnswered: boolean;
}

/** Follows the calls of a run through their messages, in order. Source: RFC 3264 §5.1, §8.4; RFC 3261 §13.2.1. */
export class CallBars {
  readonly bars: CallBar[] = [];
  private readonly calls = new Map<string, Call>();
  private begun: Begun | null = null;

  /** Follow one more message; returns the stretch that begins with it. */
  add(arrow: Arrow): Begun | null {
    this.begun = null;
    this.follow(arrow);
    return this.begun;
  }

  private follow(arrow: Arrow): void {
    const { method, statusCode, sipCallId } = arrow.first;
    const key = `${[arrow.source, arrow.target].sort().join(" ")} ${sipCallId}`;
    const call = this.calls.get(key);
    if (call === undefined) {
      if (method === "INVITE" && statusCode === null) this.calls.set(key, begin(arrow));
      return;
    }
    if (statusCode === null) this.request(call, arrow, key);
    else if (method === "INVITE" || method === "UPDATE") this.response(call, arrow, statusCode, key);
  }

  private request(call: Call, arrow: Arrow, key: string): void {
    const { method, note, cseq } = arrow.first;
    if (method === "BYE") this.end(call, arrow.id, key);
    else if (note === "") return;
    else if (method === "ACK" && call.offer?.isInResponse === true) this.answer(call, arrow);
    else if (method === "INVITE" || method === "UPDATE") call.offer = { cseq, isInResponse: false };
  }

  private response(call: Call, arrow: Arrow, status: number, key: string): void {
    const { method, note, cseq } = arrow.first;
    if (status >= 300) {
      call.offer = null;
      if (method === "INVITE" && !call.isAnswered) this.end(call, arrow.id, key);
      return;
    }
    const isAnswering = status >= 200 && method === "INVITE" && !call.isAnswered;
    if (isAnswering) call.isAnswered = true;
    const { offer } = call;
    if (note !== "" && offer === null && status >= 200 && method === "INVITE" && call.flow === null)
      call.offer = { cseq, isInResponse: true };
    else if (note !== "" && offer !== null && !offer.isInResponse && offer.cseq === cseq) {
      this.answer(call, arrow, status < 200);
      if (status >= 200) call.offer = null;
      return;
    }
    if (isAnswering) this.change(call, arrow.id);
  }

  /** An answer was seen: what its author does with the stream settles both ways. */
  private answer(call: Call, arrow: Arrow, isProvisional = false): void {
    const { note } = arrow.first;
    const isByCaller = arrow.source === call.bar.invite.source;
    const sends = note === "sendrecv" || note === "sendonly";
    const receives = note === "sendrecv" || note === "recvonly";
    const forward = isByCaller ? sends : receives;
    const backward = isByCaller ? receives : sends;
    call.flow = forward ? (backward ? "both" : "forward") : backward ? "backward" : "none";
    if (!isProvisional) call.offer = null;
    this.change(call, arrow.id);
  }

  private change(call: Call, id: number): void {
    const { stretches } = call.bar;
    const now = stretches.at(-1);
    const isEarly = !call.isAnswered;
    if (now?.flow === call.flow && now.isEarly === isEarly) return;
    if (now === undefined) this.bars.push(call.bar);
    else now.to = id;
    const stretch: Stretch = { from: id, to: null, flow: call.flow, isEarly };
    stretches.push(stretch);
    this.begun = { bar: call.bar, stretch };
  }

  private end(call: Call, id: number, key: string): void {
    const now = call.bar.stretches.at(-1);
    if (now !== undefined) now.to = id;
    this.calls.delete(key);
  }
}

function begin(invite: Arrow): Call {
  const { cseq, note } = invite.first;
  return {
    bar: { invite, stretches: [] },
    offer: note === "" ? null : { cseq, isInResponse: false },
    flow: null,
    isAnswered: false,
  };
}
