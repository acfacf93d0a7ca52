import type { NodeStateEvent, RunEvent } from "@/core/run/events";
import type { Arrow } from "./model";

/** Events looked at on the way from a message to what its instance did then, and did with it later. */
const REACH = 5_000;

/** The node that took this message of an instance, else the one that it was at then; null where none had begun. */
export function nodeAt(
  events: readonly RunEvent[],
  { seq, firstSeq, instanceId }: { seq: number; firstSeq: number; instanceId: string | null },
): string | null {
  if (instanceId === null) return null;
  const find = (from: number, by: 1 | -1, suits: (event: NodeStateEvent) => boolean): string | null => {
    for (let at = from; at >= 0 && at < events.length && Math.abs(at - from) < REACH; at += by) {
      const event = events[at];
      if (event?.event !== "scenario:node-state" || event.instanceId !== instanceId) continue;
      if (suits(event)) return event.nodeId;
    }
    return null;
  };
  return (
    find(seq, 1, ({ messageSeq }) => messageSeq === firstSeq) ??
    find(Math.min(seq, events.length) - 1, -1, () => true)
  );
}

/** The stretch of events in which a node was last at work, for which instance, and which message it took. */
export interface Work {
  instanceId: string | null;
  from: number;
  to: number;
  message: number | null;
}

export function workOf(events: readonly RunEvent[], nodeId: string): Work | null {
  let to = events.length;
  let message: number | null = null;
  for (let at = events.length - 1; at >= 0; at--) {
    const event = events[at];
    if (event?.event !== "scenario:node-state" || event.nodeId !== nodeId) continue;
    if (event.newState === "running") return { instanceId: event.instanceId, from: event.seq, to, message };
    to = event.seq;
    message = event.messageSeq ?? null;
  }
  return null;
}

/** Whether the node took the message, or it went out from, or came to, the instance while the node was at work there. */
export const isOf = ({ id, sights }: Arrow, { instanceId, from, to, message }: Work): boolean =>
  id === message ||
  sights.some((sight) => sight.instanceId === instanceId && sight.seq >= from && sight.seq <= to);
