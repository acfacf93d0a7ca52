import fc from "fast-check";
import type { RunEvent, SipMessageEvent } from "@/core/run/events";

/** Runs made up for tests. */

const INSTANCES = ["alice", "bob", "carol"] as const;
const STRANGERS = ["192.0.2.7:5060", "[2001:db8::7]:5061"] as const;

export const addressOf = (end: string): string => {
  const at = INSTANCES.findIndex((name) => name === end);
  return at < 0 ? end : `127.0.0.1:${5060 + 2 * at}`;
};
const isInstance = (end: string) => (INSTANCES as readonly string[]).includes(end);

export interface Sent {
  source: string;
  target: string;
  method: string;
  status: number | null;
  reason: string;
  note: string;
  sipCallId: string;
  /** How often it left, and how often it came in. */
  sent: number;
  received: number;
}

const end = fc.constantFrom(...INSTANCES, ...STRANGERS);
/** Words of people and of those who mean harm. */
export const word = fc.oneof(
  fc.constantFrom(
    "OK",
    "Ringing",
    "통화 중",
    "a;b#c",
    "end",
    "</text><script>",
    "-->>",
    "%%",
    "|:\\",
    '"',
    "x\ny",
  ),
  fc.string({ maxLength: 24, unit: "binary" }),
);

export const sentMessage: fc.Arbitrary<Sent> = fc
  .record({
    source: end,
    target: end,
    method: fc.oneof(fc.constantFrom("INVITE", "ACK", "BYE", "OPTIONS"), word),
    status: fc.option(fc.constantFrom(100, 180, 200, 302, 404, 486, 603), { nil: null }),
    reason: word,
    note: fc.constantFrom("", "", "sendrecv", "sendonly", "inactive"),
    sipCallId: fc.constantFrom("c1", "c2"),
    sent: fc.integer({ min: 0, max: 3 }),
    received: fc.integer({ min: 0, max: 3 }),
  })
  .filter(({ source, target }) => source !== target && (isInstance(source) || isInstance(target)))
  .map((message) => ({
    ...message,
    sent: isInstance(message.source) ? Math.max(message.sent, isInstance(message.target) ? 0 : 1) : 0,
    received: isInstance(message.target) ? Math.max(message.received, isInstance(message.source) ? 0 : 1) : 0,
  }))
  .filter(({ sent, received }) => sent + received > 0);

/** The messages' events, each seen at its ends in an order that `shuffle` chooses. */
export function eventsOf(messages: readonly Sent[], shuffle: readonly number[] = []): RunEvent[] {
  const events: RunEvent[] = [];
  let at = 0;
  for (const [index, message] of messages.entries()) {
    const sights = [
      ...Array.from({ length: message.sent }, () => "sent" as const),
      ...Array.from({ length: message.received }, () => "received" as const),
    ].sort(() => ((shuffle[at++ % Math.max(shuffle.length, 1)] ?? 0) % 2 === 0 ? 1 : -1));
    const firstSeq = events.length + 1;
    for (const direction of sights) {
      const here = direction === "sent" ? message.source : message.target;
      const there = direction === "sent" ? message.target : message.source;
      events.push(
        messageEvent({ ...message, direction, here, there, firstSeq, seq: events.length + 1, index }),
      );
    }
  }
  return events;
}

function messageEvent(
  from: Sent & {
    direction: "sent" | "received";
    here: string;
    there: string;
    firstSeq: number;
    seq: number;
    index: number;
  },
): SipMessageEvent {
  return {
    event: "scenario:sip-message",
    runId: "run-1",
    seq: from.seq,
    timestamp: 1_700_000_000_000 + from.seq * 10,
    nodeId: null,
    instanceId: from.here,
    callId: null,
    firstSeq: from.firstSeq,
    sipCallId: from.sipCallId,
    direction: from.direction,
    transport: "UDP",
    localAddress: addressOf(from.here),
    remoteAddress: addressOf(from.there),
    method: from.method,
    statusCode: from.status,
    reason: from.status === null ? null : from.reason,
    cseq: 1,
    note: from.note,
    raw: `${from.method} ${from.index}`,
  };
}
