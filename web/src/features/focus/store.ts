import { create } from "zustand";

/** The thing that all views light up and scroll to: a node, a message or a line of the run. */
export interface Focus {
  nodeId: string | null;
  /** `seq` of the run's event concerned. */
  seq: number | null;
  /** `firstSeq` of the arrow concerned. */
  arrow: number | null;
  /** A field of the node, where a finding names one. */
  field: string | null;
  /** Counts requests, so that asking again for the same thing scrolls again. */
  request: number;
  show: (target: Partial<Pick<Focus, "nodeId" | "seq" | "arrow" | "field">>) => void;
  clear: () => void;
}

const NOTHING = { nodeId: null, seq: null, arrow: null, field: null };

export const useFocus = create<Focus>((set) => ({
  ...NOTHING,
  request: 0,
  show: (target) => set((now) => ({ ...NOTHING, ...target, request: now.request + 1 })),
  clear: () => set(NOTHING),
}));
