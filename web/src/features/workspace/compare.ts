import { create } from "zustand";
import type { FlowDocument } from "@/core/document/types";
import { type Change, compareDocuments, overlay } from "@/core/versions/diff";
import { useEditor } from "@/features/editor/store";

/** An earlier version seen on the canvas together with what is there now. */
export interface Compare {
  version: number | null;
  /** Both documents as one: what has been removed since stands where it was. */
  document: FlowDocument | null;
  nodes: ReadonlyMap<string, Change>;
  edges: ReadonlyMap<string, Change>;
  begin: (version: number, before: FlowDocument) => void;
  end: () => void;
}

const NOTHING = {
  version: null,
  document: null,
  nodes: new Map<string, Change>(),
  edges: new Map<string, Change>(),
};

export const useCompare = create<Compare>((set) => ({
  ...NOTHING,
  begin: (version, before) => {
    const after = useEditor.getState().document;
    set({ version, document: overlay(before, after), ...compareDocuments(before, after) });
  },
  end: () => set(NOTHING),
}));
