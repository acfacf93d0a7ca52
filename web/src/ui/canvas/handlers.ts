import type {
  Connection,
  EdgeChange,
  FinalConnectionState,
  NodeChange,
  NodePositionChange,
  OnConnectEnd,
} from "@xyflow/react";
import type { MouseEvent } from "react";
import type { Place } from "@/core/document/edit";
import { alignTo, wireAt } from "@/core/document/geometry";
import { GRID, NODE_SIZE } from "@/core/document/read";
import type { Branch } from "@/core/document/types";
import { isReadOnly, shownDocument } from "@/features/editor/shown";
import { endGesture, useEditor, type Wire } from "@/features/editor/store";
import { useFocus } from "@/features/focus/store";
import { behind } from "./adding";
import { carry, putDown } from "./carrying";
import type { CanvasNode, WireEdge } from "./graph";
import { type Box, type CanvasState, NO_BOXES, NO_GUIDES, toCanvas, useCanvas } from "./store";
import { mayWire } from "./wiring";

/** What the mouse does to the document. All of it is here and not in components, so that nothing is drawn anew for it. */

const canvas = useCanvas.getState;
const editor = useEditor.getState;

let dragCount = 0;

export function changeNodes(changes: NodeChange<CanvasNode>[]): void {
  chooseAnew("nodes", changes);
  if (isReadOnly()) return;
  const moves = changes.filter((change) => change.type === "position");
  if (moves.length > 0) drag(moves);
  for (const change of changes) {
    if (change.type !== "dimensions") continue;
    if (change.resizing === true && change.dimensions !== undefined)
      putBox(change.id, { ...canvas().boxes.get(change.id), ...change.dimensions });
    else if (change.resizing === false) letGo();
  }
}

export function changeEdges(changes: EdgeChange<WireEdge>[]): void {
  chooseAnew("edges", changes);
}

/** A click on the canvas, where wires are not to be hit but only to be seen. */
export function chooseWireFromAfar({ clientX: x, clientY: y, ctrlKey, metaKey }: MouseEvent): void {
  const wire = wireAt(shownDocument(), toCanvas({ x, y }));
  if (wire === null) return;
  const before = ctrlKey || metaKey ? editor().selection.edges : [];
  // React Flow, too, takes the click, and ends every choice by it.
  queueMicrotask(() => editor().select([], [...before, wire.id]));
}

/** The mouse above such a wire: it lights up. */
export function pointAtWireFromAfar({ clientX: x, clientY: y, buttons }: MouseEvent): void {
  if (buttons !== 0) return;
  const wirePointed = wireAt(shownDocument(), toCanvas({ x, y }))?.id ?? null;
  if (canvas().wirePointed !== wirePointed) canvas().set({ wirePointed });
}

export const pointAtNoWire = (): void => canvas().set({ wirePointed: null });

/** A click on a node: the console shows what it did, and a failed one says why. */
export function point({ ctrlKey, metaKey, shiftKey }: MouseEvent, { id, type }: CanvasNode): void {
  if (type === "step" && !ctrlKey && !metaKey && !shiftKey)
    useFocus.getState().show({ nodeId: id, isByCanvas: true });
}

export const pointAtNothing = (): void => useFocus.getState().clear();

function chooseAnew(
  what: "nodes" | "edges",
  changes: (NodeChange<CanvasNode> | EdgeChange<WireEdge>)[],
): void {
  const chosen = new Set(editor().selection[what]);
  let isNew = false;
  for (const change of changes) {
    if (change.type !== "select" || chosen.has(change.id) === change.selected) continue;
    isNew = true;
    if (change.selected) chosen.add(change.id);
    else chosen.delete(change.id);
  }
  if (!isNew) return;
  const { nodes, edges } = editor().selection;
  if (what === "nodes") editor().select([...chosen], edges);
  else editor().select(nodes, [...chosen]);
}

function putBox(id: string, box: Box): void {
  canvas().set({ boxes: new Map([...canvas().boxes, [id, box]]) });
}

/** Follow the mouse beside the document; write the document when the mouse lets go. */
function drag(moves: NodePositionChange[]): void {
  const isDragged = moves.some(({ dragging }) => dragging === true);
  const isResizing = [...canvas().boxes.values()].some(({ width }) => width !== undefined);
  const first = moves[0];
  if (first?.position === undefined) return;
  const wanted = first.position;
  const { place, guides } = isResizing
    ? { place: wanted, guides: NO_GUIDES }
    : inLine(first.id, wanted, moves);
  const [dx, dy] = [place.x - wanted.x, place.y - wanted.y];
  const places = new Map<string, Place>();
  for (const { id, position } of moves)
    if (position !== undefined) places.set(id, { x: position.x + dx, y: position.y + dy });
  if (isResizing) {
    for (const [id, position] of places) putBox(id, { ...canvas().boxes.get(id), position });
    return;
  }
  carry(places);
  if (isDragged) {
    if (canvas().boxes === NO_BOXES)
      canvas().set({ boxes: new Map([...places.keys()].map((id) => [id, { dragging: true }])) });
    hint({ guides, wireUnderDrag: wireFor(places) });
    return;
  }
  const gesture = `drag ${++dragCount}`;
  const wire = wireFor(places);
  editor().moveNodes(places, gesture);
  const [id] = places.keys();
  if (wire !== null && id !== undefined) editor().insertOnEdge(wire, id, gesture);
  endGesture();
  letGo();
}

/** Show what a drop would do, where that has changed. */
function hint({ guides, wireUnderDrag }: Pick<CanvasState, "guides" | "wireUnderDrag">): void {
  const now = canvas();
  const isSame =
    now.guides.x === guides.x && now.guides.y === guides.y && now.wireUnderDrag === wireUnderDrag;
  if (!isSame) now.set({ guides, wireUnderDrag });
}

function letGo(): void {
  putDown();
  canvas().set({ boxes: NO_BOXES, guides: NO_GUIDES, wireUnderDrag: null });
}

/** The place that the dragged node takes: in line with another that stays, else on the grid. */
function inLine(
  id: string,
  wanted: Place,
  moves: NodePositionChange[],
): { place: Place; guides: { x: number | null; y: number | null } } {
  const moving = new Set(moves.map((move) => move.id));
  const others = editor()
    .document.nodes.filter((node) => node.id !== id && !moving.has(node.id))
    .map(({ position }) => position);
  const { place, x, y } = alignTo(wanted, others);
  const onGrid = (value: number) => Math.round(value / GRID) * GRID;
  return { place: { x: x ?? onGrid(place.x), y: y ?? onGrid(place.y) }, guides: { x, y } };
}

/** The wire on which a single node that has none itself would be put. */
function wireFor(places: ReadonlyMap<string, Place>): string | null {
  const [entry, second] = places;
  if (entry === undefined || second !== undefined) return null;
  const [id, { x, y }] = entry;
  const { document } = editor();
  const node = document.nodes.find((own) => own.id === id);
  if (node === undefined || node.type === "sipInstance") return null;
  if (document.edges.some(({ source, target }) => source === id || target === id)) return null;
  return wireAt(document, { x: x + NODE_SIZE.width / 2, y: y + NODE_SIZE.height / 2 })?.id ?? null;
}

const wireOf = ({ source, target, sourceHandle }: Connection | WireEdge): Wire => ({
  source,
  target,
  branch: sourceHandle === "failure" ? "failure" : "success",
});

let wireInHand: string | undefined;

export const isAllowed = (connection: Connection | WireEdge): boolean =>
  mayWire(editor().document, wireOf(connection), wireInHand);

export const connect = (connection: Connection): void => editor().rewire(wireOf(connection));

export const beginConnect = (): void => canvas().set({ isWireDrawn: true });

export const beginReconnect = (_: unknown, { id }: WireEdge): void => {
  wireInHand = id;
  beginConnect();
};

export const endReconnect = (): void => {
  wireInHand = undefined;
  canvas().set({ isWireDrawn: false });
};

export const reconnect = ({ id }: WireEdge, connection: Connection): void =>
  editor().reconnect(id, wireOf(connection));

/** A wire dropped on nothing asks what is to be there. */
export const endConnect: OnConnectEnd = (event, state: FinalConnectionState) => {
  canvas().set({ isWireDrawn: false });
  if (wireInHand !== undefined || state.toNode !== null || state.fromHandle === null || isReadOnly()) return;
  const { clientX: x, clientY: y } =
    "changedTouches" in event
      ? (event.changedTouches[0] ?? event.touches[0] ?? { clientX: 0, clientY: 0 })
      : event;
  const { nodeId, type, id } = state.fromHandle;
  const branch: Branch = id === "failure" ? "failure" : "success";
  const at = toCanvas({ x, y });
  canvas().set({
    picker: {
      anchor: type === "source" ? behind(nodeId, branch) : { kind: "before", id: nodeId },
      at: { x: at.x - NODE_SIZE.width / 2, y: type === "source" ? at.y : at.y - NODE_SIZE.height },
      screen: { x, y },
    },
  });
};
