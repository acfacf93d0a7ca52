import { create } from "zustand";
import type { Connection } from "@/api/socket";
import type { FlowDocument } from "@/core/document/types";
import type { RunInfo } from "@/core/run/events";
import { useFocus } from "@/features/focus/store";
import { type NodeRun, Recording, type RunState } from "@/core/run/state";

/** The run that the monitor shows: the one under way, or one from the history. */
export interface RunView {
  run: RunInfo | null;
  /** The run under way, or the last one that was, whether or not it is shown. */
  live: RunInfo | null;
  /** A run has been asked for, and the server has not answered yet. */
  isStarting: boolean;
  view: "live" | "recorded" | "none";
  recording: Recording;
  /** Grows with every change of `recording`, which changes in place. */
  revision: number;
  /** The state shown: that after the last event, or that at the cursor. */
  state: RunState;
  /** The event up to which the monitor shows the run; null is the last one there is. */
  cursor: number | null;
  /** The document as it was run, where that is to be seen instead of the one being edited. */
  document: FlowDocument | null;
  connection: Connection;
  /** Whether the page holds this run alone, without a server behind it. */
  isAlone: boolean;
  setCursor: (seq: number | null) => void;
}

const empty = () => {
  const recording = new Recording();
  return { recording, state: recording.state, cursor: null };
};

export const useRun = create<RunView>()((set, get) => ({
  run: null,
  live: null,
  isStarting: false,
  view: "none",
  ...empty(),
  revision: 0,
  document: null,
  connection: "off",
  isAlone: false,
  setCursor: (seq) => {
    const { recording } = get();
    const cursor = seq === null || seq >= recording.lastSeq ? null : Math.max(seq, 0);
    set({ cursor, state: cursor === null ? recording.state : recording.stateAt(cursor) });
  },
}));

/** Show another run, of which no event is here yet. */
export function beginView(
  run: RunInfo,
  view: "live" | "recorded",
  document: FlowDocument | null = null,
): void {
  useFocus.getState().clear(); // what is lit up belongs to the run before
  useRun.setState(({ revision }) => ({ run, view, document, ...empty(), revision: revision + 1 }));
}

export function endView(): void {
  useRun.setState(({ revision }) => ({
    run: null,
    view: "none",
    document: null,
    ...empty(),
    revision: revision + 1,
  }));
}

/** The recording has grown. */
export function grown(): void {
  useRun.setState(({ recording, revision, cursor, state }) => ({
    revision: revision + 1,
    state: cursor === null ? recording.state : state,
  }));
}

const PENDING: NodeRun = {
  state: "pending",
  seq: 0,
  error: null,
  said: null,
  since: null,
  until: null,
  message: null,
};

/** How one node stands; null where no run is shown. Renders only when that node changes. */
export function useNodeRun(nodeId: string): NodeRun | null {
  return useRun(({ state, view }) => (view === "none" ? null : (state.nodes.get(nodeId) ?? PENDING)));
}

/** The `seq` up to which the monitor shows the run. */
export const shownSeq = ({ cursor, recording }: RunView): number => cursor ?? recording.lastSeq;

/** Whether a run is under way or about to be, shown or not. */
export const isRunning = ({ live, isStarting }: Pick<RunView, "live" | "isStarting">): boolean =>
  isStarting || live?.result === "running";
