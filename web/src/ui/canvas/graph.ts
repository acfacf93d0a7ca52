import type { Edge, Node } from "@xyflow/react";
import { Position } from "@xyflow/react";
import { colorsOf } from "@/core/document/colors";
import { FAILURE_AT } from "@/core/document/geometry";
import { instancesOf, NODE_SIZE } from "@/core/document/read";
import type { Branch, FlowDocument, FlowEdge, FlowNode, Note } from "@/core/document/types";
import type { Change } from "@/core/versions/diff";

/** The document as React Flow draws it. What has not changed stays the same object, and is not drawn again. */

export type StepNode = Node<{ node: FlowNode; color: string | null; change: Change | null }, "step">;
export type NoteNode = Node<{ note: Note }, "note">;
export type CanvasNode = StepNode | NoteNode;
export type WireEdge = Edge<{ branch: Branch; change: Change | null }, "wire">;

export interface Marks {
  nodes: ReadonlyMap<string, Change>;
  edges: ReadonlyMap<string, Change>;
}

/** The size of the spot that takes the mouse where a wire begins or ends: its middle lies on the node's edge. */
const HANDLE = 24;
/** How far from the node's edge the line of a wire begins and ends. */
export const WIRE_GAP = 5;
/** How far the line goes into the spot, at whose outer end React Flow would let it end. */
export const WIRE_INSET = HANDLE / 2 - WIRE_GAP;
const handle = (id: string, type: "source" | "target", position: Position, share: number) => ({
  id,
  type,
  position,
  x: NODE_SIZE.width * share - HANDLE / 2,
  y: (position === Position.Top ? 0 : NODE_SIZE.height) - HANDLE / 2,
  width: HANDLE,
  height: HANDLE,
});
const WAY_IN = handle("in", "target", Position.Top, 0.5);
const SUCCESS = handle("success", "source", Position.Bottom, 0.5);
const FAILURE = handle("failure", "source", Position.Bottom, FAILURE_AT);
const STEP_HANDLES = [WAY_IN, SUCCESS, FAILURE];
const INSTANCE_HANDLES = [SUCCESS];
const NO_HANDLES: (typeof SUCCESS)[] = [];

/** Nodes have one size, so nothing has to be measured before wires can be drawn. */
const SIZE = { ...NODE_SIZE, measured: NODE_SIZE };

/** To press the mouse on a node never moves the canvas, also where it can only be looked at: else no click reaches it. */
const HELD = "nopan";

/** What each thing on the canvas is called to those who hear it. */
export type Roles = Readonly<Record<"node" | "note" | "wire", string>>;

export function drawNodes(
  document: FlowDocument,
  selected: ReadonlySet<string>,
  marks: Marks,
  labelOf: (node: FlowNode) => string,
  roles: Roles,
  isFar: boolean,
  before: ReadonlyMap<string, CanvasNode>,
): CanvasNode[] {
  const colors = colorsOf(document);
  const owners = instancesOf(document);
  const steps = document.nodes.map((node): StepNode => {
    const fresh = {
      node,
      color: colors.get(owners.get(node.id) ?? "") ?? null,
      change: marks.nodes.get(node.id) ?? null,
    };
    const isSelected = selected.has(node.id);
    const label = labelOf(node);
    // React Flow finds none on nodes that are seen from afar, and forgets those of a node that stays the same.
    const handles = isFar ? NO_HANDLES : node.type === "sipInstance" ? INSTANCE_HANDLES : STEP_HANDLES;
    const old = before.get(node.id);
    if (
      old?.type === "step" &&
      old.data.node === node &&
      old.handles === handles &&
      old.data.color === fresh.color &&
      old.data.change === fresh.change &&
      old.selected === isSelected &&
      old.ariaLabel === label
    )
      return old;
    return {
      ...SIZE,
      id: node.id,
      type: "step",
      position: node.position,
      handles,
      selected: isSelected,
      ariaLabel: label,
      className: HELD,
      domAttributes: { "aria-roledescription": roles.node },
      data: fresh,
    };
  });
  const notes = (document.notes ?? []).map((note): NoteNode => {
    const isSelected = selected.has(note.id);
    const old = before.get(note.id);
    const label = `${roles.note}: ${note.text}`;
    if (
      old?.type === "note" &&
      old.data.note === note &&
      old.selected === isSelected &&
      old.ariaLabel === label
    )
      return old;
    const size = { width: note.width, height: note.height };
    return {
      ...size,
      measured: size,
      id: note.id,
      type: "note",
      position: note.position,
      zIndex: -1,
      handles: [],
      selected: isSelected,
      ariaLabel: label,
      className: HELD,
      domAttributes: { "aria-roledescription": roles.note },
      data: { note },
    };
  });
  return [...notes, ...steps];
}

export function drawEdges(
  document: FlowDocument,
  selected: ReadonlySet<string>,
  marks: Marks,
  labelOf: (edge: FlowEdge) => string,
  roles: Roles,
  before: ReadonlyMap<string, WireEdge>,
): WireEdge[] {
  const known = new Set(document.nodes.map(({ id }) => id));
  return document.edges.flatMap((edge): WireEdge[] => {
    if (!known.has(edge.source) || !known.has(edge.target)) return [];
    const isSelected = selected.has(edge.id);
    const change = marks.edges.get(edge.id) ?? null;
    const label = labelOf(edge);
    const old = before.get(edge.id);
    if (
      old?.source === edge.source &&
      old.target === edge.target &&
      old.sourceHandle === edge.sourceHandle &&
      old.selected === isSelected &&
      old.data?.change === change &&
      old.ariaLabel === label
    )
      return [old];
    return [
      {
        id: edge.id,
        type: "wire",
        source: edge.source,
        target: edge.target,
        sourceHandle: edge.sourceHandle,
        targetHandle: "in",
        selected: isSelected,
        ariaLabel: label,
        domAttributes: { "aria-roledescription": roles.wire },
        data: { branch: edge.sourceHandle, change },
      },
    ];
  });
}
