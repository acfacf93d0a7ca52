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
  /** The canvas asks: there the node is chosen already, and has neither to light up nor to be brought into sight. */
  isByCanvas: boolean;
  /** Counts requests, so that asking again for the same thing scrolls again. */
  request: number;
  show: (target: Partial<Omit<Focus, "request" | "show" | "clear">>) => void;
  clear: () => void;
}

const NOTHING = { nodeId: null, seq: null, arrow: null, field: null, isByCanvas: false };

export const useFocus = create<Focus>((set) => ({
  ...NOTHING,
  request: 0,
  show: (target) => set((now) => ({ ...NOTHING, ...target, request: now.request + 1 })),
  clear: () => set(NOTHING),
}));
