import type { RunEvent, SipMessageEvent } from "./events";
import { codesOf, type Said } from "./sayings";

/** What to try after failures of one kind, as the server knows it. */
export interface Hint {
  statuses: readonly number[];
  /** Else codes, one of which stands in what the error says. */
  codes: readonly string[];
  /** The section that says what came, such as `RFC 3261 §21.4.24`; may be empty. */
  rfc: string;
  text: string;
}

/** Why a node, or the whole run, has failed. */
export interface Failure {
  /** The event that tells it. */
  seq: number;
  nodeId: string | null;
  instanceId: string | null;
  callId: string | null;
  error: string;
  expected: string | null;
  got: string | null;
  said: Said;
  /** The last messages of its call, else of its instance, each once. */
  messages: readonly SipMessageEvent[];
}

const MAX_MESSAGES = 6;
/** So far back messages are looked for. */
const REACH = 20_000;
const SENTENCE = /^expected (?<expected>.+?), got (?<got>.+?)(?: on call (?<call>\S+))?$/s;

/** The failure that the event `seq` tells; null where it tells none. */
export function failureAt(events: readonly RunEvent[], seq: number): Failure | null {
  const event = events[seq - 1];
  if (event?.event === "scenario:failed") {
    const cause = event.nodeId === null ? null : failureOfNode(events, seq - 1, event.nodeId);
    return cause ?? read(events, event, event.error, { said: event.said });
  }
  if (event?.event !== "scenario:node-state" || event.newState !== "failed") return null;
  return read(events, event, event.error ?? "", event);
}

function failureOfNode(events: readonly RunEvent[], until: number, nodeId: string): Failure | null {
  for (let at = until - 1; at >= 0; at--) {
    const event = events[at];
    if (event?.event === "scenario:node-state" && event.nodeId === nodeId && event.newState === "failed")
      return failureAt(events, event.seq);
  }
  return null;
}

function read(
  events: readonly RunEvent[],
  { seq, nodeId, instanceId, callId }: RunEvent,
  error: string,
  told: { expected?: string | null; got?: string | null; said?: Said | undefined },
): Failure {
  const words = SENTENCE.exec(error)?.groups;
  const call = callId ?? words?.call ?? null;
  return {
    seq,
    nodeId,
    instanceId,
    callId: call,
    error,
    expected: told.expected ?? words?.expected ?? null,
    got: told.got ?? words?.got ?? null,
    said: told.said ?? null,
    messages: instanceId === null ? [] : lastMessages(events, seq, instanceId, call),
  };
}

function lastMessages(
  events: readonly RunEvent[],
  seq: number,
  instanceId: string,
  callId: string | null,
): SipMessageEvent[] {
  const all = new Map<number, SipMessageEvent>();
  const ofCall = new Map<number, SipMessageEvent>();
  for (let at = seq - 2; at >= 0 && at >= seq - REACH && ofCall.size < MAX_MESSAGES; at--) {
    const event = events[at];
    if (event?.event !== "scenario:sip-message" || event.instanceId !== instanceId) continue;
    if (all.size < MAX_MESSAGES) all.set(event.firstSeq, event);
    if (callId !== null && event.callId === callId) ofCall.set(event.firstSeq, event);
  }
  return [...(ofCall.size > 0 ? ofCall : all).values()].reverse();
}

/** What fits: by the response that came or was last seen, else by what the error says. */
export function hintFor({ got, said, messages }: Failure, hints: readonly Hint[]): Hint | null {
  const came = [...(got ?? "").matchAll(/\b([3-6]\d\d) [A-Z]/g)].map(([, status]) => Number(status));
  const last = messages.at(-1)?.statusCode ?? null;
  for (const status of last === null ? came : [...came, last]) {
    const hint = hints.find(({ statuses }) => statuses.includes(status));
    if (hint !== undefined) return hint;
  }
  const told = said?.error === undefined ? [] : codesOf(said.error);
  return hints.find(({ codes }) => codes.some((code) => told.includes(code))) ?? null;
}

/** Where a section such as `RFC 3261 §21.4.24` can be read. */
export function addressOfSection(rfc: string): string | null {
  const [, number, section] = /^RFC (\d+) §([\d.]+)$/.exec(rfc) ?? [];
  return number === undefined || section === undefined
    ? null
    : `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}`;
}
