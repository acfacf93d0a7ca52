import { CUT_OFF, type NodeState, type NodeStateEvent, type RunEvent, type SipMessageEvent } from "./events";
import type { Said } from "./sayings";

/** How a node stands; one that an abort or a stop has cut off has not failed by itself. */
export type Standing = NodeState | "stopped";

/** How a node stands, as far as the events tell. */
export interface NodeRun {
  state: Standing;
  /** The event that brought it there; 0 for a node that has not been entered. */
  seq: number;
  error: string | null;
  said: Said;
  /** When it was entered, and when it was left; milliseconds since the epoch. */
  since: number | null;
  until: number | null;
  /** `firstSeq` of what it sent first, or else took, or last received while it ran. */
  message: number | null;
}

export type Result = "completed" | "failed" | "stopped";

/** A run at one moment: what its events up to `seq` add up to. */
export interface RunState {
  readonly seq: number;
  readonly nodes: ReadonlyMap<string, NodeRun>;
  /** The node that runs, by instance: a message there is that node's doing or what it waits for. */
  readonly running: ReadonlyMap<string, RunningNode>;
  readonly startedAt: number | null;
  readonly lastAt: number | null;
  readonly messages: number;
  readonly result: Result | null;
  readonly error: string | null;
  readonly said: Said;
  readonly errorNodeId: string | null;
}

interface RunningNode {
  readonly nodeId: string;
  readonly hasSent: boolean;
}

export const NOT_STARTED: RunState = {
  seq: 0,
  nodes: new Map(),
  running: new Map(),
  startedAt: null,
  lastAt: null,
  messages: 0,
  result: null,
  error: null,
  said: null,
  errorNodeId: null,
};

/** The state after these events, which follow the ones it stands for. */
export function advance(state: RunState, events: readonly RunEvent[]): RunState {
  if (events.length === 0) return state;
  const nodes = new Map(state.nodes);
  const running = new Map(state.running);
  const next = { ...state, nodes, running };
  for (const event of events) {
    next.seq = event.seq;
    next.startedAt ??= event.timestamp;
    next.lastAt = event.timestamp;
    switch (event.event) {
      case "scenario:node-state": {
        const { nodeId, instanceId, timestamp } = event;
        const before = nodes.get(nodeId);
        const isRunning = event.newState === "running";
        const state = standingOf(event);
        const now = instanceId === null ? undefined : running.get(instanceId);
        const taken = now?.nodeId === nodeId && now.hasSent ? null : event.messageSeq;
        nodes.set(nodeId, {
          state,
          seq: event.seq,
          error: state === "failed" ? event.error : null,
          said: event.said ?? null,
          since: isRunning ? timestamp : (before?.since ?? null),
          until: isRunning ? null : timestamp,
          message: isRunning ? null : (taken ?? before?.message ?? null),
        });
        if (instanceId === null) break;
        if (isRunning) running.set(instanceId, { nodeId, hasSent: false });
        else if (now?.nodeId === nodeId) running.delete(instanceId);
        break;
      }
      case "scenario:sip-message": {
        if (event.seq === event.firstSeq) next.messages++;
        const now = event.instanceId === null ? undefined : running.get(event.instanceId);
        const node = now === undefined ? undefined : nodes.get(now.nodeId);
        if (event.instanceId === null || now === undefined || node === undefined || now.hasSent) break;
        const isFirst = node.message === null;
        if (event.direction === "received" || isFirst)
          nodes.set(now.nodeId, { ...node, message: event.firstSeq });
        if (event.direction === "sent") running.set(event.instanceId, { ...now, hasSent: isFirst });
        break;
      }
      case "scenario:completed":
        next.result = "completed";
        break;
      case "scenario:stopped":
        next.result = "stopped";
        break;
      case "scenario:failed":
        next.result = "failed";
        next.error = event.error;
        next.said = event.said ?? null;
        next.errorNodeId = event.nodeId;
        break;
    }
  }
  return next;
}

/** How an event leaves its node. */
export const standingOf = ({ newState, error }: Pick<NodeStateEvent, "newState" | "error">): Standing =>
  newState === "failed" && error === CUT_OFF ? "stopped" : newState;

/** What an arrow is called: `INVITE`, `180 Ringing`. */
export function titleOf({ statusCode, reason, method }: SipMessageEvent): string {
  return statusCode === null ? method : `${statusCode} ${reason ?? ""}`.trim();
}

const CHECKPOINT_EVERY = 2_000;

/** All events of a run so far, by `seq`, and the state at any of them. Events only ever come to its end. */
export class Recording {
  private readonly list: RunEvent[] = [];
  private readonly checkpoints: RunState[] = [NOT_STARTED];
  private latest: RunState = NOT_STARTED;

  /** The `seq` of the last event there is. */
  get lastSeq(): number {
    return this.list.length;
  }

  get events(): readonly RunEvent[] {
    return this.list;
  }

  /** The state after the last event. */
  get state(): RunState {
    return this.latest;
  }

  at(seq: number): RunEvent | undefined {
    return this.list[seq - 1];
  }

  /** Add what follows. What is here already is passed over; returns whether something is missing before the rest. */
  append(events: readonly RunEvent[]): boolean {
    const fresh: RunEvent[] = [];
    let isGap = false;
    for (const event of events) {
      const expected = this.list.length + fresh.length + 1;
      if (event.seq === expected) fresh.push(event);
      else if (event.seq > expected) {
        isGap = true;
        break;
      }
    }
    for (let start = 0; start < fresh.length;) {
      const room = CHECKPOINT_EVERY - (this.list.length % CHECKPOINT_EVERY);
      const part = fresh.slice(start, start + room);
      for (const event of part) this.list.push(event);
      this.latest = advance(this.latest, part);
      if (this.list.length % CHECKPOINT_EVERY === 0) this.checkpoints.push(this.latest);
      start += part.length;
    }
    return isGap;
  }

  /** The state after the event `seq`. */
  stateAt(seq: number): RunState {
    if (seq >= this.list.length) return this.latest;
    const from = Math.floor(Math.max(seq, 0) / CHECKPOINT_EVERY);
    const checkpoint = this.checkpoints[from] ?? NOT_STARTED;
    return advance(checkpoint, this.list.slice(checkpoint.seq, Math.max(seq, 0)));
  }
}
