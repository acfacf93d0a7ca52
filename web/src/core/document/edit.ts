import { nearestNode } from "./geometry";
import { freshId, idsOf } from "./ids";
import { branchOf, canConnect, GRID, instancesOf, NODE_SIZE, NOTE_SIZE, textOf } from "./read";
import type { Branch, FlowDocument, FlowEdge, FlowNode, NodeKind, Note } from "./types";

/** Edits: each makes a new document of an old one, and shares with it whatever stays the same. */

export interface Place {
  x: number;
  y: number;
}

export interface NewNode {
  kind: NodeKind;
  name: string;
  /** Settings besides the type's name. */
  data?: Record<string, unknown>;
}

/** How far below a node the next one of its chain is put. */
export const STEP_DOWN = 120;

export const snap = ({ x, y }: Place): Place => ({
  x: Math.round(x / GRID) * GRID,
  y: Math.round(y / GRID) * GRID,
});

/** Add a node with no wire; a command or event belongs to the chain, and the call, that it is put beside. */
export function addNode(document: FlowDocument, added: NewNode, place: Place): [FlowDocument, string] {
  if (added.kind === "sipInstance") return put(document, added, numberFor(document, added), place);
  const at = { x: place.x + NODE_SIZE.width / 2, y: place.y + NODE_SIZE.height / 2 };
  const beside = nearestNode(document, at);
  return put(document, added, beside === null ? {} : inherited(document, beside), place);
}

function put(
  document: FlowDocument,
  { kind, name, data }: NewNode,
  otherwise: Record<string, unknown>,
  place: Place,
): [FlowDocument, string] {
  const id = freshId(kind === "sipInstance" ? "instance" : kind, idsOf(document));
  const named = name === kind ? {} : { [kind]: name };
  const node: FlowNode = { id, type: kind, position: snap(place), data: { ...named, ...otherwise, ...data } };
  return [{ ...document, nodes: [...document.nodes, node] }, id];
}

/** A directory number that no other instance has; for a plain instance, which others call. */
function numberFor(document: FlowDocument, { kind, name }: NewNode): { dn?: string } {
  if (name !== kind) return {};
  const taken = new Set(document.nodes.map((node) => textOf(node, "dn")));
  let number = 1001;
  while (taken.has(String(number))) number++;
  return { dn: String(number) };
}

/** Add a node behind another, wired to this branch of it, in its chain and about its call. */
export function addAfter(
  document: FlowDocument,
  after: { id: string; branch: Branch },
  added: NewNode,
  place?: Place,
): [FlowDocument, string] {
  const source = document.nodes.find(({ id }) => id === after.id);
  if (source === undefined) return addNode(document, added, place ?? { x: 0, y: 0 });
  const [grown, id] = put(
    document,
    added,
    inherited(document, source),
    place ?? freePlaceBelow(document, source, after.branch),
  );
  return [connect(grown, { source: source.id, target: id, branch: after.branch }), id];
}

/** Add a node in front of another, wired to it, in its chain and about its call. */
export function addBefore(
  document: FlowDocument,
  before: string,
  added: NewNode,
  place: Place,
): [FlowDocument, string] {
  const target = document.nodes.find(({ id }) => id === before);
  const shared =
    added.kind === "sipInstance"
      ? numberFor(document, added)
      : target === undefined
        ? {}
        : inherited(document, target);
  const [grown, id] = put(document, added, shared, place);
  return [connect(grown, { source: id, target: before, branch: "success" }), id];
}

/** Put a node into the middle of a wire: its success branch goes on to where the wire led, which makes room. */
export function insertOnEdge(document: FlowDocument, edgeId: string, nodeId: string): FlowDocument {
  const edge = document.edges.find(({ id }) => id === edgeId);
  const source = document.nodes.find(({ id }) => id === edge?.source);
  if (edge === undefined || source === undefined || edge.target === nodeId || edge.source === nodeId)
    return document;
  if (document.edges.some(({ source: from, target }) => from === nodeId || target === nodeId))
    return document;
  const without = { ...document, edges: document.edges.filter(({ id }) => id !== edgeId) };
  const branch = branchOf(edge);
  const entered = connect(without, { source: edge.source, target: nodeId, branch }, edge.id);
  const through = connect(entered, { source: nodeId, target: edge.target, branch: "success" });
  return makeRoom(updateData(through, nodeId, inherited(document, source), true), nodeId, edge.target);
}

/** Move a node, and all that follows it, down until it stands clear below another. */
function makeRoom(document: FlowDocument, above: string, below: string): FlowDocument {
  const upper = document.nodes.find(({ id }) => id === above)?.position;
  const lower = document.nodes.find(({ id }) => id === below)?.position;
  if (upper === undefined || lower === undefined) return document;
  const missing = Math.ceil((upper.y + STEP_DOWN - lower.y) / GRID) * GRID;
  if (missing <= 0) return document;
  const moved = new Set([below]);
  for (const id of moved)
    for (const { source, target } of document.edges) if (source === id) moved.add(target);
  return mapNodes(document, (node) =>
    moved.has(node.id) ? { ...node, position: { x: node.position.x, y: node.position.y + missing } } : node,
  );
}

/** Wire two nodes, where the engine takes such a wire; else nothing changes. */
export function connect(
  document: FlowDocument,
  wire: { source: string; target: string; branch: Branch },
  id?: string,
): FlowDocument {
  if (!canConnect(document, wire)) return document;
  const edge: FlowEdge = {
    id: id ?? freshId("edge", idsOf(document)),
    source: wire.source,
    target: wire.target,
    sourceHandle: wire.branch,
    data: { branchType: wire.branch },
  };
  return adopt({ ...document, edges: [...document.edges, edge] }, wire.target);
}

/** Let a node, and all that follows it, belong to the instance whose chain now reaches it. */
function adopt(document: FlowDocument, nodeId: string): FlowDocument {
  const owners = instancesOf(document);
  const owner = owners.get(nodeId);
  if (owner === undefined) return document;
  return mapNodes(document, (node) => {
    const isOf = owners.get(node.id) === owner && node.type !== "sipInstance";
    return isOf && node.data.sipInstanceId !== owner
      ? { ...node, data: { ...node.data, sipInstanceId: owner } }
      : node;
  });
}

/** The one wire of this branch; none where it leads nowhere, and of an instance, which begins any number of chains. */
export function wireOn(
  document: FlowDocument,
  { source, branch }: { source: string; branch: Branch },
): FlowEdge | undefined {
  const isInstance = document.nodes.some(({ id, type }) => id === source && type === "sipInstance");
  return isInstance
    ? undefined
    : document.edges.find((edge) => edge.source === source && branchOf(edge) === branch);
}

/** Lead a branch to a node, instead of to where it led before. */
export function rewire(
  document: FlowDocument,
  wire: { source: string; target: string; branch: Branch },
): FlowDocument {
  const before = wireOn(document, wire);
  return before === undefined ? connect(document, wire) : reconnect(document, before.id, wire);
}

/** Lead an existing wire elsewhere; its id stays. */
export function reconnect(
  document: FlowDocument,
  edgeId: string,
  wire: { source: string; target: string; branch: Branch },
): FlowDocument {
  const edge = document.edges.find(({ id }) => id === edgeId);
  if (edge === undefined || !canConnect(document, wire, edgeId)) return document;
  const changed: FlowEdge = {
    ...edge,
    source: wire.source,
    target: wire.target,
    sourceHandle: wire.branch,
    data: { ...edge.data, branchType: wire.branch },
  };
  const rewired = { ...document, edges: document.edges.map((own) => (own.id === edgeId ? changed : own)) };
  return adopt(rewired, wire.target);
}

/**
 * Remove nodes and edges. Where a node goes, its way in is led on to where its success branch led, even if its wires
 * were to go with it: whoever draws a frame around nodes has their wires in it.
 */
export function remove(
  document: FlowDocument,
  nodeIds: readonly string[],
  edgeIds: readonly string[],
): FlowDocument {
  const [going, goingEdges] = [new Set(nodeIds), new Set(edgeIds)];
  const stays = ({ id, source, target }: FlowEdge) =>
    !goingEdges.has(id) || going.has(source) || going.has(target);
  let left: FlowDocument = { ...document, edges: document.edges.filter(stays) };
  for (const nodeId of nodeIds) left = removeNode(left, nodeId);
  const notes = document.notes?.filter(({ id }) => !going.has(id));
  const isSame =
    left.nodes === document.nodes &&
    left.edges.length === document.edges.length &&
    notes?.length === document.notes?.length;
  return isSame ? document : { ...left, ...(notes === undefined ? {} : { notes }) };
}

function removeNode(document: FlowDocument, nodeId: string): FlowDocument {
  const node = document.nodes.find(({ id }) => id === nodeId);
  if (node === undefined) return document;
  const into = document.edges.filter(({ target }) => target === nodeId);
  const onward = document.edges.find((edge) => edge.source === nodeId && branchOf(edge) === "success");
  let left: FlowDocument = {
    ...document,
    nodes: document.nodes.filter(({ id }) => id !== nodeId),
    edges: document.edges.filter(({ source, target }) => source !== nodeId && target !== nodeId),
  };
  if (node.type === "sipInstance" || onward === undefined) return left;
  for (const edge of into)
    left = connect(left, { source: edge.source, target: onward.target, branch: branchOf(edge) }, edge.id);
  return left;
}

/** Change settings; a value of undefined takes the setting away. With `ifMissing`, only those that are not there. */
export function updateData(
  document: FlowDocument,
  nodeId: string,
  patch: Record<string, unknown>,
  ifMissing = false,
): FlowDocument {
  const change = (node: FlowNode): FlowNode => {
    const merged = ifMissing ? { ...patch, ...node.data } : { ...node.data, ...patch };
    const data = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
    const isSame =
      Object.keys(data).length === Object.keys(node.data).length &&
      Object.keys(data).every((key) => data[key] === node.data[key]);
    return isSame ? node : { ...node, data };
  };
  return mapNodes(document, (node) => (node.id === nodeId ? change(node) : node));
}

/** Put nodes and notes elsewhere. */
export function moveNodes(document: FlowDocument, places: ReadonlyMap<string, Place>): FlowDocument {
  const move = <T extends { id: string; position: Place }>(item: T): T => {
    const place = places.get(item.id);
    if (place === undefined || (place.x === item.position.x && place.y === item.position.y)) return item;
    return { ...item, position: place };
  };
  return mapNotes(mapNodes(document, move), move);
}

export function addNote(document: FlowDocument, place: Place, text = ""): [FlowDocument, string] {
  const id = freshId("note", idsOf(document));
  const note: Note = { id, position: snap(place), ...NOTE_SIZE, text };
  return [{ ...document, notes: [...(document.notes ?? []), note] }, id];
}

export function updateNote(
  document: FlowDocument,
  id: string,
  patch: Partial<Omit<Note, "id">>,
): FlowDocument {
  const changes = (note: Note) =>
    Object.entries(patch).some(([key, value]) => note[key as keyof Note] !== value);
  return mapNotes(document, (note) => (note.id === id && changes(note) ? { ...note, ...patch } : note));
}

export type Alignment = "left" | "center" | "top" | "across" | "down";

/** Put nodes into a line, or at even distances across or down. */
export function align(document: FlowDocument, nodeIds: readonly string[], how: Alignment): FlowDocument {
  const wanted = new Set(nodeIds);
  const nodes = document.nodes.filter(({ id }) => wanted.has(id));
  if (nodes.length < 2) return document;
  const axis = how === "top" || how === "down" ? "y" : "x";
  const ordered = [...nodes].sort((one, other) => one.position[axis] - other.position[axis]);
  const first = ordered[0]?.position[axis] ?? 0;
  const last = ordered.at(-1)?.position[axis] ?? 0;
  const middle = Math.round((first + last) / 2 / GRID) * GRID;
  const at = (index: number): number => {
    if (how === "left" || how === "top") return first;
    if (how === "center") return middle;
    return Math.round(first + ((last - first) * index) / (ordered.length - 1));
  };
  return moveNodes(
    document,
    new Map(ordered.map((node, index) => [node.id, { ...node.position, [axis]: at(index) }])),
  );
}

/** What a node beside this one would share with it: its chain, and its call. */
function inherited(document: FlowDocument, source: FlowNode): Record<string, unknown> {
  const owner = source.type === "sipInstance" ? source.id : instancesOf(document).get(source.id);
  const callId = textOf(source, "callId");
  return { ...(owner === undefined ? {} : { sipInstanceId: owner }), ...(callId === "" ? {} : { callId }) };
}

function freePlaceBelow(document: FlowDocument, node: FlowNode, branch: Branch): Place {
  const aside = branch === "failure" ? NODE_SIZE.width + 2 * GRID : 0;
  return clearPlace(document, { x: node.position.x + aside, y: node.position.y + STEP_DOWN });
}

/** This place, or the first one to its right on which no node stands. */
export function clearPlace(document: FlowDocument, { x, y }: Place): Place {
  const place = { x, y };
  const isTaken = () =>
    document.nodes.some(
      ({ position }) =>
        Math.abs(position.x - place.x) < NODE_SIZE.width && Math.abs(position.y - place.y) < NODE_SIZE.height,
    );
  while (isTaken()) place.x += NODE_SIZE.width + 2 * GRID;
  return place;
}

function mapNotes(document: FlowDocument, change: (note: Note) => Note): FlowDocument {
  const notes = document.notes?.map(change);
  if (notes === undefined || notes.every((note, index) => note === document.notes?.[index])) return document;
  return { ...document, notes };
}

function mapNodes(document: FlowDocument, change: (node: FlowNode) => FlowNode): FlowDocument {
  const nodes = document.nodes.map(change);
  return nodes.every((node, index) => node === document.nodes[index]) ? document : { ...document, nodes };
}
