import { freshId } from "./ids";
import type { Branch, FlowDocument, FlowEdge, FlowNode, NodeKind, Note } from "./types";

/** Questions about a document. */

export const GRID = 20;
export const NODE_SIZE = { width: 200, height: 64 };
export const NOTE_SIZE = { width: 200, height: 100 };

/** The name of a command, event or instance: what its data says under its type; a plain instance says nothing. */
export function typeNameOf(node: FlowNode): string {
  const name = node.data[node.type];
  if (typeof name === "string" && name !== "") return name;
  return node.type === "sipInstance" ? node.type : "";
}

/** The branch of an edge as the engine reads it: its handle, else its data, else success. */
export function branchOf({ sourceHandle, data }: { sourceHandle?: unknown; data?: unknown }): Branch {
  if (sourceHandle === "success" || sourceHandle === "failure") return sourceHandle;
  return isObject(data) && data.branchType === "failure" ? "failure" : "success";
}

export function textOf(node: FlowNode, field: string): string {
  const value = node.data[field];
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

/**
 * A document from what is stored: everything kept, places and branches put in where they are missing.
 * Ids become text and stand once each; what is not even an object is left out.
 */
export function readDocument(stored: unknown): FlowDocument {
  const raw = isObject(stored) ? stored : {};
  const taken = new Set<string>();
  const claim = (id: unknown, prefix: string): string => {
    const text = typeof id === "number" ? String(id) : typeof id === "string" ? id : "";
    const own = text === "" || taken.has(text) ? freshId(prefix, taken) : text;
    taken.add(own);
    return own;
  };
  const nodes = listOf(raw.nodes).map((node, index): FlowNode => ({
    ...node,
    id: claim(node.id, "node"),
    type: (typeof node.type === "string" ? node.type : "") as NodeKind,
    position: isPlace(node.position) ? node.position : { x: 0, y: index * 120 },
    data: isObject(node.data) ? node.data : {},
  }));
  const edges = listOf(raw.edges).map((edge): FlowEdge => ({
    ...edge,
    id: claim(edge.id, "edge"),
    source: String(edge.source),
    target: String(edge.target),
    sourceHandle: branchOf(edge),
  }));
  const notes = listOf(raw.notes).map((note): Note => ({
    ...note,
    id: claim(note.id, "note"),
    position: isPlace(note.position) ? note.position : { x: 0, y: 0 },
    width: sizeOf(note.width, NOTE_SIZE.width),
    height: sizeOf(note.height, NOTE_SIZE.height),
    text: typeof note.text === "string" ? note.text : "",
  }));
  return { ...raw, nodes, edges, ...(raw.notes === undefined ? {} : { notes }) };
}

/** The instance whose chain reaches each node, by node id; a node that none reaches says so itself or has none. */
export function instancesOf(document: FlowDocument): Map<string, string> {
  const found = reachedFrom(document);
  for (const node of document.nodes) {
    const own = textOf(node, "sipInstanceId");
    if (own !== "" && !found.has(node.id)) found.set(node.id, own);
  }
  return found;
}

function reachedFrom(document: FlowDocument): Map<string, string> {
  const after = new Map<string, string[]>();
  for (const { source, target } of document.edges) after.set(source, [...(after.get(source) ?? []), target]);
  const found = new Map<string, string>();
  for (const node of document.nodes) {
    if (node.type !== "sipInstance") continue;
    const waiting = [node.id];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (found.has(id)) continue;
      found.set(id, node.id);
      waiting.push(...(after.get(id) ?? []));
    }
  }
  return found;
}

/** Whether nodes of these kinds and chains may be wired; whether a wire may lead back, `closesCircle` tells. */
export function canConnect(
  document: FlowDocument,
  wire: { source: string; target: string; branch: Branch },
  except?: string,
): boolean {
  const source = document.nodes.find(({ id }) => id === wire.source);
  const target = document.nodes.find(({ id }) => id === wire.target);
  if (source === undefined || target === undefined || source === target) return false;
  if (target.type === "sipInstance") return false;
  const edges = document.edges.filter(({ id }) => id !== except);
  if (source.type === "sipInstance") {
    if (wire.branch === "failure") return false;
    if (edges.some((edge) => edge.source === wire.source && edge.target === wire.target)) return false;
  } else if (edges.some((edge) => edge.source === wire.source && branchOf(edge) === wire.branch))
    return false;
  // What a node that no chain reaches says about its instance does not bind it: it joins the chain it is wired to.
  const owner = reachedFrom({ ...document, edges });
  const [from, to] = [owner.get(wire.source), owner.get(wire.target)];
  return from === undefined || to === undefined || from === to;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isPlace = (value: unknown): value is { x: number; y: number } =>
  isObject(value) && Number.isFinite(value.x) && Number.isFinite(value.y);
const listOf = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter(isObject) : [];
const sizeOf = (value: unknown, otherwise: number): number =>
  typeof value === "number" && value >= 40 && value <= 4_000 ? value : otherwise;
