import type { ReactFlowInstance } from "@xyflow/react";
import { create } from "zustand";
import type { Place } from "@/core/document/edit";
import type { Branch } from "@/core/document/types";
import type { CanvasNode, WireEdge } from "./graph";

/** What a new node is to be wired to. */
export type Anchor =
  | { kind: "free" }
  | { kind: "after"; id: string; branch: Branch }
  | { kind: "before"; id: string }
  | { kind: "wire"; id: string };

/** Where something stands for as long as it is dragged or resized. */
export interface Box {
  position?: Place;
  /** It is under the mouse, wherever the document has it. */
  dragging?: true;
  width?: number;
  height?: number;
}

/** What the canvas itself has in hand: nothing of it belongs to the document. */
export interface CanvasState {
  flow: ReactFlowInstance<CanvasNode, WireEdge> | null;
  /** What is being dragged or resized; the document learns of it at the end. */
  boxes: ReadonlyMap<string, Box>;
  /** The wire that what is being dragged would be put on. */
  wireUnderDrag: string | null;
  /** The wire that the mouse is at, where wires are only painted. */
  wirePointed: string | null;
  /** Lines to which the dragged node is aligned. */
  guides: { x: number | null; y: number | null };
  /** The list of node types for a new node, which goes to `at`; without it, to a free place. */
  picker: { anchor: Anchor; at: Place | null; screen: Place } | null;
  /** A wire being drawn by keyboard, and the nodes it may lead to. */
  wiring: { source: string; branch: Branch; targets: ReadonlySet<string> } | null;
  /** A wire, or its end, is being drawn by mouse. */
  isWireDrawn: boolean;
  find: { text: string; hits: readonly string[]; at: number } | null;
  /** The note whose text is being written. */
  noteInHand: string | null;
  set: (change: Partial<Omit<CanvasState, "set">>) => void;
}

export const NO_BOXES: ReadonlyMap<string, Box> = new Map();
export const NO_GUIDES = { x: null, y: null };

export const useCanvas = create<CanvasState>((set) => ({
  flow: null,
  boxes: NO_BOXES,
  wireUnderDrag: null,
  wirePointed: null,
  guides: NO_GUIDES,
  picker: null,
  wiring: null,
  isWireDrawn: false,
  find: null,
  noteInHand: null,
  set,
}));

/** Whether the canvas has the keyboard: it, or nothing at all. */
export function isOnCanvas(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement) || target === document.body) return true;
  return target.closest('[data-scope="canvas"]') !== null && target.closest("input, textarea") === null;
}

/** Where the middle of the visible canvas is, on the screen. */
export function screenCenter(): Place {
  const box = document.querySelector(".react-flow")?.getBoundingClientRect();
  return box === undefined ? { x: 0, y: 0 } : { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** A place on the screen as a place on the canvas. */
export function toCanvas(screen: Place): Place {
  return useCanvas.getState().flow?.screenToFlowPosition(screen) ?? screen;
}

/**
 * Give a node or note the keyboard, as soon as it is drawn, and bring it into sight. Whoever works in the outline stays
 * there: then its line has the keyboard. A list of node types that was opened meanwhile keeps it.
 */
export function focusNode(id: string): void {
  let framesLeft = DRAWN_WITHIN_FRAMES;
  const focus = (): void => {
    if (useCanvas.getState().picker !== null) return;
    const find = (where: string) =>
      document.querySelector<HTMLElement>(`${where}[data-id="${CSS.escape(id)}"]`);
    const element = find("[data-in-use] [role=treeitem]") ?? find(".react-flow__node");
    element?.focus({ preventScroll: true });
    // What is out of sight may not be drawn until it is brought there.
    if (element !== null || framesLeft === DRAWN_WITHIN_FRAMES) revealNode(id);
    if (element === null && framesLeft-- > 0) requestAnimationFrame(focus);
  };
  requestAnimationFrame(focus);
}

/** More than the frames that moving the view takes. */
const DRAWN_WITHIN_FRAMES = 30;

/** Bring a node or note into sight, if it is not. */
export function revealNode(id: string): void {
  const { flow } = useCanvas.getState();
  const node = flow?.getNode(id);
  if (flow === null || node === undefined || isInSight(id)) return;
  void flow.setCenter(node.position.x + (node.width ?? 0) / 2, node.position.y + (node.height ?? 0) / 2, {
    zoom: Math.max(flow.getZoom(), 0.6),
    duration: 200,
  });
}

function isInSight(id: string): boolean {
  const pane = document.querySelector(".react-flow")?.getBoundingClientRect();
  const box = document
    .querySelector(`.react-flow__node[data-id="${CSS.escape(id)}"]`)
    ?.getBoundingClientRect();
  if (pane === undefined || box === undefined) return false;
  return box.left >= pane.left && box.right <= pane.right && box.top >= pane.top && box.bottom <= pane.bottom;
}
