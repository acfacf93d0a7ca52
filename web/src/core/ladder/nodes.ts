import type { RunEvent } from "@/core/run/events";
import type { Arrow } from "./model";

/** Events looked at on the way back from a message to what its instance did then. */
const REACH = 5_000;

/** The node that an instance was at when the event `seq` came; null where none had begun. */
export function nodeAt(events: readonly RunEvent[], seq: number, instanceId: string | null): string | null {
  if (instanceId === null) return null;
  for (let at = Math.min(seq, events.length) - 1; at >= 0 && at > seq - REACH; at--) {
    const event = events[at];
    if (event?.event === "scenario:node-state" && event.instanceId === instanceId) return event.nodeId;
  }
  return null;
}

/** The stretch of events in which a node was last at work, and for which instance. */
export interface Work {
  instanceId: string | null;
  from: number;
  to: number;
}

export function workOf(events: readonly RunEvent[], nodeId: string): Work | null {
  let to = events.length;
  for (let at = events.length - 1; at >= 0; at--) {
    const event = events[at];
    if (event?.event !== "scenario:node-state" || event.nodeId !== nodeId) continue;
    if (event.newState === "running") return { instanceId: event.instanceId, from: event.seq, to };
    to = event.seq;
  }
  return null;
}

/** Whether a message went out from, or came to, the instance while it was at work there. */
export const isDuring = ({ sights }: Arrow, { instanceId, from, to }: Work): boolean =>
  sights.some((sight) => sight.instanceId === instanceId && sight.seq >= from && sight.seq <= to);
