import type { Alignment, Place } from "@/core/document/edit";
import { type Direction, neighbour } from "@/core/document/geometry";
import { GRID } from "@/core/document/read";
import type { Branch } from "@/core/document/types";
import type { Action } from "@/features/actions/registry";
import { isReadOnly, shownDocument } from "@/features/editor/shown";
import { useEditor } from "@/features/editor/store";
import { useFocus } from "@/features/focus/store";
import { useSettings } from "@/features/settings/store";
import { useWorkspace } from "@/features/workspace/store";
import { redo, undo } from "@/ui/workspace/importing";
import { openPicker, openPickerAfter, openPickerOn } from "./adding";
import { copy, cut, duplicate, pasteFromSystem } from "./clipboard";
import { focusNode, screenCenter, toCanvas, useCanvas } from "./store";
import { fit } from "./view";
import { mayWire } from "./wiring";

const editor = useEditor.getState;
const canvas = useCanvas.getState;

/** The node that the keyboard is on, here or in the outline; else the only one that is selected. */
export function currentNode(): string | null {
  const focused = document.activeElement?.closest<HTMLElement>(
    ".react-flow__node, [data-in-use] [role=treeitem]",
  )?.dataset.id;
  const [only, another] = editor().selection.nodes;
  return focused ?? (another === undefined ? only : undefined) ?? null;
}

/** What an action is about: the selection; else the node that the keyboard is on. */
export function chosen(): readonly string[] {
  const { nodes, edges } = editor().selection;
  const current = currentNode();
  return nodes.length === 0 && edges.length === 0 && current !== null ? [current] : nodes;
}

const isEditable = () => !isReadOnly() && useWorkspace.getState().open !== null;
const hasChosen = () => isEditable() && (chosen().length > 0 || editor().selection.edges.length > 0);
const isOnNode = () => isEditable() && currentNode() !== null;

/** Go to another node; while a wire is drawn, to another one that it may lead to. */
function walk(direction: Direction): void {
  const { wiring } = canvas();
  const current = currentNode();
  const next = neighbour(shownDocument(), current ?? "", direction, wiring?.targets);
  if (next === null) return;
  if (wiring === null) {
    editor().select([next]);
    useFocus.getState().show({ nodeId: next, isByCanvas: true });
  }
  focusNode(next);
}

function move(direction: Direction): void {
  const [x, y] = ARROWS[direction];
  const ids = new Set(chosen());
  const { nodes, notes = [] } = editor().document;
  const places = [...nodes, ...notes]
    .filter(({ id }) => ids.has(id))
    .map(({ id, position }): [string, Place] => [id, { x: position.x + x * GRID, y: position.y + y * GRID }]);
  editor().moveNodes(new Map(places), `keys ${[...ids].join(" ")}`);
}

function beginWiring(branch: Branch): void {
  const source = currentNode();
  const { document } = editor();
  const own = document.nodes.find(({ id }) => id === source);
  if (source === null || own === undefined || (own.type === "sipInstance" && branch === "failure")) return;
  const targets = document.nodes
    .map(({ id }) => id)
    .filter((target) => mayWire(document, { source, target, branch }));
  if (targets.length === 0) return;
  canvas().set({ wiring: { source, branch, targets: new Set(targets) } });
  const nearest = neighbour(document, source, "down", new Set(targets)) ?? targets[0];
  if (nearest !== undefined) focusNode(nearest);
}

function enter(): void {
  const { wiring } = canvas();
  const current = currentNode();
  if (current === null) return;
  if (wiring !== null) {
    if (!wiring.targets.has(current)) return;
    canvas().set({ wiring: null });
    editor().rewire({ source: wiring.source, target: current, branch: wiring.branch });
    editor().select([current]);
  } else if (editor().document.notes?.some(({ id }) => id === current) === true) {
    canvas().set({ noteInHand: current });
  } else {
    editor().select([current]);
    useSettings.getState().set({ isPropertiesOpen: true });
    useFocus.getState().show({ nodeId: current });
    requestAnimationFrame(() => {
      const field = document.querySelector<HTMLElement>("#properties-panel :is(input, select, textarea)");
      field?.focus();
      if (field instanceof HTMLInputElement) field.select(); // as Tab does: what is typed takes its place
    });
  }
}

function leaveWhatIsInHand(): void {
  const { wiring, find, set } = canvas();
  if (wiring !== null) {
    set({ wiring: null });
    focusNode(wiring.source);
  } else if (find !== null) set({ find: null });
  else {
    editor().select([]);
    useFocus.getState().clear();
    // From a node to the canvas as such, where a new node stands free.
    document.activeElement
      ?.closest<HTMLElement>(".react-flow__node")
      ?.parentElement?.closest<HTMLElement>("[data-scope=canvas]")
      ?.focus();
  }
}

function cutWire(branch: Branch): void {
  const current = currentNode();
  const wires = editor().document.edges.filter(
    ({ source, sourceHandle }) => source === current && sourceHandle === branch,
  );
  editor().remove(
    [],
    wires.map(({ id }) => id),
  );
}

function remove(): void {
  const ids = chosen();
  const { edges } = editor().document;
  const next =
    edges.find(({ source }) => source === ids[0])?.target ??
    edges.find(({ target }) => target === ids[0])?.source;
  editor().remove(ids, editor().selection.edges);
  if (next !== undefined && !ids.includes(next)) focusNode(next);
}

function disable(): void {
  const ids = new Set(chosen());
  const nodes = editor().document.nodes.filter(({ id, type }) => ids.has(id) && type !== "sipInstance");
  const isOff = nodes.every(({ data }) => data.disabled === true);
  const gesture = `disable ${Date.now()}`;
  for (const { id } of nodes) editor().updateData(id, { disabled: isOff ? undefined : true }, gesture);
}

/** Add a node on the wire that is chosen, or behind the node the keyboard is on; else in the middle of what is seen. */
function add(): void {
  const { nodes, edges } = editor().selection;
  const [wire, another] = edges;
  const current = currentNode();
  if (wire !== undefined && another === undefined && nodes.length === 0) openPickerOn(wire);
  else if (current === null) openPicker({ kind: "free" }, screenCenter());
  else openPickerAfter(current);
}

function selectAll(): void {
  const { nodes, notes = [], edges } = editor().document;
  editor().select(
    [...nodes, ...notes].map(({ id }) => id),
    edges.map(({ id }) => id),
  );
}

function addNote(): void {
  const id = editor().addNote(toCanvas(screenCenter()));
  canvas().set({ noteInHand: id });
}

const ARROWS = { up: [0, -1], down: [0, 1], left: [-1, 0], right: [1, 0] } as const;
const DIRECTIONS = Object.keys(ARROWS) as Direction[];
const keyOf = (direction: Direction) => `Arrow${direction.replace(/^./, (first) => first.toUpperCase())}`;
const ALIGNMENTS: readonly Alignment[] = ["left", "center", "top", "across", "down"];

type More = Pick<Action, "keys" | "areKeysNative" | "isEnabled">;
const edit = (id: string, run: () => void, more: More = {}): Action => ({
  id: `edit.${id}`,
  titleKey: `editor:action.${id}`,
  group: "edit",
  isEnabled: isEditable,
  run,
  ...more,
});
const act = (id: string, run: () => void, more: More = {}): Action => ({
  ...edit(id, run, more),
  scope: "canvas",
});
const look = (id: string, keys: readonly string[], run: () => void): Action => ({
  id: `view.${id}`,
  titleKey: `editor:action.${id}`,
  group: "view",
  keys,
  run,
});
const lookOn = (id: string, keys: readonly string[], run: () => void): Action => ({
  ...look(id, keys, run),
  scope: "canvas",
});

/** Everything that can be done on the canvas. Letters stand alone, so that the browser keeps its own keys. */
export const CANVAS_ACTIONS: readonly Action[] = [
  edit("undo", undo, { keys: ["$mod+KeyZ"] }),
  edit("redo", redo, { keys: ["$mod+Shift+KeyZ", "$mod+KeyY"] }),
  act("add", add, { keys: ["KeyN"] }),
  act("note", addNote, { keys: ["Shift+KeyN"] }),
  act("open", enter, { keys: ["Enter"], isEnabled: () => currentNode() !== null }),
  act("leave", leaveWhatIsInHand, { keys: ["Escape"], isEnabled: () => true }),
  act("wireSuccess", () => beginWiring("success"), { keys: ["KeyW"], isEnabled: isOnNode }),
  act("wireFailure", () => beginWiring("failure"), { keys: ["Shift+KeyW"], isEnabled: isOnNode }),
  act("cutSuccess", () => cutWire("success"), { keys: ["KeyX"], isEnabled: isOnNode }),
  act("cutFailure", () => cutWire("failure"), { keys: ["Shift+KeyX"], isEnabled: isOnNode }),
  act("delete", remove, { keys: ["Delete", "Backspace"], isEnabled: hasChosen }),
  act("copy", () => copy(chosen()), {
    keys: ["$mod+KeyC"],
    areKeysNative: true,
    isEnabled: () => chosen().length > 0,
  }),
  act("cut", () => cut(chosen()), { keys: ["$mod+KeyX"], areKeysNative: true, isEnabled: hasChosen }),
  act("paste", pasteFromSystem, { keys: ["$mod+KeyV"], areKeysNative: true }),
  act("duplicate", () => duplicate(chosen()), { keys: ["KeyD"], isEnabled: hasChosen }),
  act("disable", disable, { keys: ["KeyE"], isEnabled: hasChosen }),
  act("selectAll", selectAll, { keys: ["KeyA"] }),
  act("arrange", () => editor().arrange(), { keys: ["KeyL"] }),
  ...ALIGNMENTS.map((how) =>
    act(`align-${how}`, () => editor().align(how), {
      isEnabled: () => isEditable() && editor().selection.nodes.length > 1,
    }),
  ),
  ...DIRECTIONS.flatMap((direction) => [
    act(`go-${direction}`, () => walk(direction), { keys: [keyOf(direction)], isEnabled: () => true }),
    act(`move-${direction}`, () => move(direction), {
      keys: [`Shift+${keyOf(direction)}`],
      isEnabled: hasChosen,
    }),
  ]),
  look("find", ["$mod+KeyF"], () => canvas().set({ find: { text: "", hits: [], at: 0 } })),
  lookOn("fit", ["KeyF"], fit),
  lookOn("zoomIn", ["Equal", "Shift+Equal"], () => void canvas().flow?.zoomIn({ duration: 150 })),
  lookOn("zoomOut", ["Minus"], () => void canvas().flow?.zoomOut({ duration: 150 })),
  lookOn("zoomActual", ["Digit0"], () => void canvas().flow?.zoomTo(1, { duration: 150 })),
];
