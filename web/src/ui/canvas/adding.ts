import { clearPlace, STEP_DOWN, type NewNode, type Place } from "@/core/document/edit";
import { wireAt } from "@/core/document/geometry";
import { NODE_SIZE } from "@/core/document/read";
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
  openPicker(wire === null ? { kind: "free" } : { kind: "wire", id: wire.id }, screen, at);
}

/** Open the list for what comes after this node. */
export function openPickerAfter(id: string): void {
  const node = editor().document.nodes.find((own) => own.id === id);
  if (node === undefined) {
    openPicker({ kind: "free" }, screenCenter());
    return;
  }
  const below = { x: node.position.x + NODE_SIZE.width / 2, y: node.position.y + NODE_SIZE.height + 12 };
  openPicker(behind(id), canvas().flow?.flowToScreenPosition(below) ?? screenCenter());
}

/** What comes after a node: on a branch that leads somewhere already, what comes between. */
function behind(id: string): Anchor {
  const { nodes, edges } = editor().document;
  const isInstance = nodes.some((node) => node.id === id && node.type === "sipInstance");
  const next = edges.find(({ source, sourceHandle }) => source === id && sourceHandle === "success");
  return next === undefined || isInstance
    ? { kind: "after", id, branch: "success" }
    : { kind: "wire", id: next.id };
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
      return addOnEdge(anchor.id, node, {
        x: placeOf(wire?.target).x,
        y: placeOf(wire?.source).y + STEP_DOWN,
      });
    }
  }
  const { x, y } = at ?? toCanvas(screenCenter());
  const place = { x: x - NODE_SIZE.width / 2, y: y - NODE_SIZE.height / 2 };
  return addNode(node, at === null ? clearPlace(document, place) : place);
}
