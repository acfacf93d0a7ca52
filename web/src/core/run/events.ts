import type { Said } from "./sayings";

/** A run's events, as the server sends and records them. `seq` counts from 1 without gaps. */
export type RunEvent =
  | (Base & { event: "scenario:started"; scenarioId: string })
  | (Base & {
      event: "scenario:node-state";
      nodeId: string;
      previousState: NodeState;
      newState: NodeState;
      error: string | null;
      /** Of a failure: what the node waited for, and what came instead; a run of old may not tell. */
      expected?: string | null;
      got?: string | null;
      /** `firstSeq` of the message that it took to get there, which may have come before it began. */
      messageSeq?: number | null;
      said?: Said;
    })
  | (Base & { event: "scenario:action-log"; message: string; level: Level; said?: Said })
  | SipMessageEvent
  | (Base & {
      event: "scenario:media";
      media: string;
      detail: string;
      said?: Said;
      figures?: Record<string, number | null> | null;
      hearing?: Hearing | null;
    })
  | (Base & { event: "scenario:completed" })
  | (Base & { event: "scenario:failed"; error: string; said?: Said })
  | (Base & { event: "scenario:stopped" });

/** Who hears whom, as it was measured. */
export interface Hearing {
  seconds: number;
  /** Names by id. */
  instances: Record<string, string>;
  rows: {
    listener: string;
    packets: number;
    /** Who is expected or heard; nobody else is. */
    cells: { speaker: string; isExpected: boolean; isHeard: boolean; levelDbfs: number | null }[];
  }[];
}

interface Base {
  runId: string;
  seq: number;
  /** Milliseconds since the epoch. */
  timestamp: number;
  nodeId: string | null;
  instanceId: string | null;
  callId: string | null;
}

/** One message on the wire, seen at one end. Those with one `firstSeq` are one arrow. */
export interface SipMessageEvent extends Base {
  event: "scenario:sip-message";
  firstSeq: number;
  sipCallId: string;
  direction: "sent" | "received";
  transport: string;
  localAddress: string;
  remoteAddress: string;
  method: string;
  statusCode: number | null;
  reason: string | null;
  cseq: number | null;
  note: string;
  raw: string;
}

/** The error of a node that an abort or a stop has cut off; its cause is told elsewhere. */
export const CUT_OFF = "stopped";

export type NodeStateEvent = Extract<RunEvent, { event: "scenario:node-state" }>;
export type NodeState = "pending" | "running" | "completed" | "failed";
export type Level = "debug" | "info" | "warning" | "error";

export interface RunInfo {
  id: string;
  scenarioId: string;
  scenarioName: string;
  name: string | null;
  startedAt: number;
  endedAt: number | null;
  result: "running" | "completed" | "failed" | "stopped" | "interrupted";
  error: string | null;
  said?: Said;
  errorNodeId: string | null;
  /** How many events and different messages it has; known once it has ended. */
  lastSeq: number;
  messages: number;
  variables: Record<string, string>;
}
