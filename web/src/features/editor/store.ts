import { temporal } from "zundo";
import { create, useStore } from "zustand";
import * as clipboard from "@/core/document/clipboard";
import * as edit from "@/core/document/edit";
import { arrange } from "@/core/document/layout";
import { readDocument } from "@/core/document/read";
import type { Branch, FlowDocument, Note } from "@/core/document/types";
import { isEqual } from "@/core/versions/diff";

export interface Wire {
  source: string;
  target: string;
  branch: Branch;
}

/** The scenario on the canvas: the one truth, of which React Flow and the forms show a part. */
export interface Editor {
  document: FlowDocument;
  /** What the scenario is called; the workspace tells the server. */
  name: string;
  selection: { nodes: readonly string[]; edges: readonly string[] };
  /**
   * Show another document; nothing of the one before can be undone any more. What could be undone of this one when it was
   * last shown can be again, if it is still the same.
   */
  load: (document: FlowDocument, name?: string, steps?: Steps) => void;
  rename: (name: string) => void;
  /** Replace the whole document as one step: an import, a restored version, a layout. */
  setDocument: (document: FlowDocument) => void;
  addNode: (node: edit.NewNode, place: edit.Place) => string;
  addAfter: (after: { id: string; branch: Branch }, node: edit.NewNode, place?: edit.Place) => string;
  addBefore: (before: string, node: edit.NewNode, place: edit.Place) => string;
  addOnEdge: (edgeId: string, node: edit.NewNode, place: edit.Place) => string;
  insertOnEdge: (edgeId: string, nodeId: string, gesture?: string) => void;
  /** Lead a branch to a node; where it leads somewhere already, instead of to there. */
  rewire: (wire: Wire) => void;
  addNote: (place: edit.Place) => string;
  updateNote: (id: string, patch: Partial<Omit<Note, "id">>, gesture?: string) => void;
  reconnect: (edgeId: string, wire: Wire) => void;
  moveNodes: (places: ReadonlyMap<string, edit.Place>, gesture?: string) => void;
  /** Change settings. Changes of one gesture, such as a field's focus, are one step of undo. */
  updateData: (nodeId: string, patch: Record<string, unknown>, gesture?: string) => void;
  /** Change what belongs to the document as a whole, such as its notes. */
  updateDocument: (patch: Record<string, unknown>, gesture?: string) => void;
  remove: (nodeIds: readonly string[], edgeIds: readonly string[]) => void;
  removeSelection: () => void;
  paste: (copied: FlowDocument, where: { offset: edit.Place } | { at: edit.Place }) => void;
  align: (how: edit.Alignment) => void;
  arrange: () => void;
  select: (nodes: readonly string[], edges?: readonly string[]) => void;
}

type Step = Pick<Editor, "document" | "name">;

/** A document with what can be undone of it, and done again. */
export interface Steps extends Step {
  past: Partial<Step>[];
  future: Partial<Step>[];
}

const EMPTY: FlowDocument = { nodes: [], edges: [] };
const NOTHING: Editor["selection"] = { nodes: [], edges: [] };

let gestureUnderWay: string | undefined;

export const useEditor = create<Editor>()(
  temporal(
    (set, get) => {
      /** Make the edit one step of undo, or a part of the step that its gesture has begun. */
      const apply = (change: (document: FlowDocument) => FlowDocument, gesture?: string): void => {
        const { document } = get();
        const changed = change(document);
        if (changed === document) return;
        const isSameStep = gesture !== undefined && gesture === gestureUnderWay;
        const history = useEditor.temporal.getState();
        if (isSameStep) history.pause();
        set({ document: changed });
        if (isSameStep) history.resume();
        gestureUnderWay = gesture;
      };
      /** Make an edit that adds a node, and choose it. */
      const add = (make: (document: FlowDocument) => [FlowDocument, string]): string => {
        const [document, id] = make(get().document);
        apply(() => document);
        set({ selection: { nodes: [id], edges: [] } });
        return id;
      };
      return {
        document: EMPTY,
        name: "",
        selection: NOTHING,
        load: (document, name = "", steps) => {
          const history = useEditor.temporal.getState();
          const shown = readDocument(document);
          const isAsLeft = steps?.name === name && isEqual(steps.document, shown);
          history.pause();
          set({ document: isAsLeft ? steps.document : shown, name, selection: NOTHING });
          history.resume();
          history.clear();
          if (isAsLeft) useEditor.temporal.setState({ pastStates: steps.past, futureStates: steps.future });
          gestureUnderWay = undefined;
        },
        rename: (name) => {
          gestureUnderWay = undefined;
          set({ name });
        },
        setDocument: (document) => apply(() => readDocument(document)),
        addNode: (node, place) => add((document) => edit.addNode(document, node, place)),
        addAfter: (after, node, place) => add((document) => edit.addAfter(document, after, node, place)),
        addBefore: (before, node, place) => add((document) => edit.addBefore(document, before, node, place)),
        addOnEdge: (edgeId, node, place) =>
          add((document) => {
            const [grown, id] = edit.addNode(document, node, place);
            return [edit.insertOnEdge(grown, edgeId, id), id];
          }),
        insertOnEdge: (edgeId, nodeId, gesture) =>
          apply((document) => edit.insertOnEdge(document, edgeId, nodeId), gesture),
        rewire: (wire) => apply((document) => edit.rewire(document, wire)),
        addNote: (place) => add((document) => edit.addNote(document, place)),
        updateNote: (id, patch, gesture) =>
          apply((document) => edit.updateNote(document, id, patch), gesture),
        reconnect: (edgeId, wire) => apply((document) => edit.reconnect(document, edgeId, wire)),
        moveNodes: (places, gesture) => apply((document) => edit.moveNodes(document, places), gesture),
        updateData: (nodeId, patch, gesture) =>
          apply((document) => edit.updateData(document, nodeId, patch), gesture),
        updateDocument: (patch, gesture) => apply((document) => ({ ...document, ...patch }), gesture),
        remove: (nodeIds, edgeIds) => {
          apply((document) => edit.remove(document, nodeIds, edgeIds));
          set({ selection: NOTHING });
        },
        removeSelection: () => {
          const { selection, remove } = get();
          remove(selection.nodes, selection.edges);
        },
        paste: (copied, where) => {
          const [document, ids] = clipboard.paste(get().document, copied, where);
          apply(() => document);
          set({ selection: { nodes: ids, edges: [] } });
        },
        align: (how) => apply((document) => edit.align(document, get().selection.nodes, how)),
        arrange: () => apply(arrange),
        select: (nodes, edges = []) => set({ selection: { nodes, edges } }),
      };
    },
    {
      partialize: ({ document, name }) => ({ document, name }),
      equality: (one, other) => one.document === other.document && one.name === other.name,
      limit: 2_000,
    },
  ),
);

/** Whether there is something to undo or to do again. */
export const useHistory = (): { canUndo: boolean; canRedo: boolean } => ({
  canUndo: useStore(useEditor.temporal, ({ pastStates }) => pastStates.length > 0),
  canRedo: useStore(useEditor.temporal, ({ futureStates }) => futureStates.length > 0),
});

/** What is shown, with what can be undone of it now. */
export function stepsNow(): Steps {
  const { document, name } = useEditor.getState();
  const { pastStates, futureStates } = useEditor.temporal.getState();
  return { document, name, past: [...pastStates], future: [...futureStates] };
}

export function undo(): void {
  gestureUnderWay = undefined;
  useEditor.temporal.getState().undo();
}

export function redo(): void {
  gestureUnderWay = undefined;
  useEditor.temporal.getState().redo();
}

/** The gesture is over: what comes next is a step of its own. */
export function endGesture(): void {
  gestureUnderWay = undefined;
}
