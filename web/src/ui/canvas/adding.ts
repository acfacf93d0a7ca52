import { clearPlace, STEP_DOWN, type NewNode, type Place, wireOn } from "@/core/document/edit";
import { wireAt } from "@/core/document/geometry";
import { NODE_SIZE } from "@/core/document/read";
import type { Branch, FlowNode } from "@/core/document/types";
import { isReadOnly } from "@/features/editor/shown";
import { useEditor } from "@/features/editor/store";
import { type Anchor, focusNode, revealNode, screenCenter, toCanvas, useCanvas } from "./store";

const editor = useEditor.getState;
const canvas = useCanvas.getState;

/** Open the list of node types here. */
export function openPicker(anchor: Anchor, screen: Place, at: Place | null = null): void {
  if (isReadOnly()) return;
  canvas().set({ picker: { anchor, at, screen } });
}

/** Open the list for a node at this place of the screen: on the wire that lies there, or free. */
export function openPickerAt(screen: Place): void {
  const at = toCanvas(screen);
  const wire = wireAt(editor().document, at);
  if (wire === null) openPicker({ kind: "free" }, screen, at);
  else openPicker({ kind: "wire", id: wire.id }, screen);
}

/** Open the list for what is to lie on this wire. */
export function openPickerOn(wireId: string): void {
  const { nodes, edges } = editor().document;
  const wire = edges.find(({ id }) => id === wireId);
  const source = nodes.find(({ id }) => id === wire?.source);
  if (source === undefined) return;
  openPicker({ kind: "wire", id: wireId }, below(source));
}

/** Open the list for what comes after this node. */
export function openPickerAfter(id: string): void {
  const node = editor().document.nodes.find((own) => own.id === id);
  if (node === undefined) {
    openPicker({ kind: "free" }, screenCenter());
    return;
  }
  openPicker(behind(id), below(node));
}

/** Just below a node, on the screen. */
function below({ position: { x, y } }: FlowNode): Place {
  const place = { x: x + NODE_SIZE.width / 2, y: y + NODE_SIZE.height + 12 };
  return canvas().flow?.flowToScreenPosition(place) ?? screenCenter();
}

/** What comes after a node: on a branch that leads somewhere already, what comes between. */
export function behind(id: string, branch: Branch = "success"): Anchor {
  const wire = wireOn(editor().document, { source: id, branch });
  return wire === undefined ? { kind: "after", id, branch } : { kind: "wire", id: wire.id };
}

/** Add what was chosen from the list, wired as the list was opened. */
export function addChosen(node: NewNode): void {
  const { picker } = canvas();
  if (picker === null) return;
  canvas().set({ picker: null });
  focusNode(put(node, picker.anchor, picker.at));
}

/** Add a node where nobody says where: behind the only node that is selected, else in the middle of what is seen. */
export function addSensibly(node: NewNode): void {
  if (isReadOnly()) return;
  const [only, another] = editor().selection.nodes;
  const isBehind =
    another === undefined && editor().document.nodes.some(({ id }) => id === only) && only !== undefined;
  const id = put(node, isBehind ? behind(only) : { kind: "free" }, null);
  requestAnimationFrame(() => revealNode(id));
}

function put(node: NewNode, anchor: Anchor, at: Place | null): string {
  const { document, addAfter, addBefore, addNode, addOnEdge } = editor();
  const placeOf = (id: string | undefined) =>
    document.nodes.find((own) => own.id === id)?.position ?? { x: 0, y: 0 };
  if (anchor.kind === "before") {
    const { x, y } = placeOf(anchor.id);
    return addBefore(anchor.id, node, at ?? { x, y: y - STEP_DOWN });
  }
  if (node.kind !== "sipInstance") {
    if (anchor.kind === "after") return addAfter(anchor, node, at ?? undefined);
    if (anchor.kind === "wire") {
      const wire = document.edges.find(({ id }) => id === anchor.id);
      const onWire = { x: placeOf(wire?.target).x, y: placeOf(wire?.source).y + STEP_DOWN };
      return addOnEdge(anchor.id, node, at ?? onWire);
    }
  }
  const { x, y } = at ?? toCanvas(screenCenter());
  const place = { x: x - NODE_SIZE.width / 2, y: y - NODE_SIZE.height / 2 };
  return addNode(node, at === null ? clearPlace(document, place) : place);
}
