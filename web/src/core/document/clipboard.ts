import { type Place, snap } from "./edit";
import { freshId, idsOf } from "./ids";
import { branchOf, readDocument } from "./read";
import type { FlowDocument, NodeKind } from "./types";

/** Longest text that is looked at when something is pasted. */
const MAX_CHARS = 5 * 1024 * 1024;
const MAX_NODES = 5_000;
const PREFIX: Readonly<Record<NodeKind, string>> = {
  sipInstance: "instance",
  command: "command",
  event: "event",
};

/** A password that is only named, from the environment or a variable, is no secret itself. */
const NAMED = /^(?:\$\{env:\w+\}|\{\{[^{}]*\}\})*$/;

/** A copy for others to see: what is secret stays behind. */
export function withoutSecrets(document: FlowDocument): FlowDocument {
  const isSecret = ([key, value]: [string, unknown]): boolean =>
    /password$/i.test(key) && typeof value === "string" && !NAMED.test(value);
  const nodes = document.nodes.map((node) =>
    Object.entries(node.data).some(isSecret)
      ? { ...node, data: Object.fromEntries(Object.entries(node.data).filter((entry) => !isSecret(entry))) }
      : node,
  );
  return { ...document, nodes };
}

/** The chosen nodes, and the wires among them, as text for the clipboard. */
export function copyText(document: FlowDocument, nodeIds: readonly string[]): string {
  const chosen = new Set(nodeIds);
  const nodes = document.nodes.filter(({ id }) => chosen.has(id));
  const edges = document.edges.filter(({ source, target }) => chosen.has(source) && chosen.has(target));
  const notes = document.notes?.filter(({ id }) => chosen.has(id)) ?? [];
  return JSON.stringify({ sipflow: 1, nodes, edges, ...(notes.length > 0 ? { notes } : {}) }, null, 2);
}

/** What a text of the clipboard holds: copied nodes, or a whole document; null where it is neither. */
export function readClipboard(text: string): FlowDocument | null {
  if (text.length > MAX_CHARS || !text.trimStart().startsWith("{")) return null;
  try {
    const { nodes: all, edges, notes = [] } = readDocument(JSON.parse(text));
    const nodes = all.filter(({ type }) => type in PREFIX);
    const count = nodes.length + notes.length;
    return count > 0 && count <= MAX_NODES ? { nodes, edges, notes } : null;
  } catch {
    return null;
  }
}

/** Add what was copied, under new ids, moved by `offset` or with its upper left corner at `at`. */
export function paste(
  document: FlowDocument,
  copied: FlowDocument,
  where: { offset: Place } | { at: Place },
): [FlowDocument, string[]] {
  const taken = idsOf(document);
  const names = new Map<string, string>();
  const fresh = (prefix: string): string => {
    const id = freshId(prefix, taken);
    taken.add(id);
    return id;
  };
  for (const node of copied.nodes) names.set(node.id, fresh(PREFIX[node.type]));
  const places = [...copied.nodes, ...(copied.notes ?? [])].map(({ position }) => position);
  const corner = { x: Math.min(...places.map(({ x }) => x)), y: Math.min(...places.map(({ y }) => y)) };
  const offset = "offset" in where ? where.offset : { x: where.at.x - corner.x, y: where.at.y - corner.y };
  const moved = ({ x, y }: Place): Place => snap({ x: x + offset.x, y: y + offset.y });
  const notes = (copied.notes ?? []).map((note) => ({
    ...note,
    id: fresh("note"),
    position: moved(note.position),
  }));
  const nodes = copied.nodes.map((node) => {
    const owner = node.data.sipInstanceId;
    const known = typeof owner === "string" ? (names.get(owner) ?? owner) : owner;
    return {
      ...node,
      id: names.get(node.id) ?? node.id,
      position: moved(node.position),
      data: owner === undefined ? node.data : { ...node.data, sipInstanceId: known },
    };
  });
  const edges = copied.edges.flatMap((edge) => {
    const [source, target] = [names.get(edge.source), names.get(edge.target)];
    if (source === undefined || target === undefined) return [];
    return [{ ...edge, id: fresh("edge"), source, target, sourceHandle: branchOf(edge) }];
  });
  return [
    {
      ...document,
      nodes: [...document.nodes, ...nodes],
      edges: [...document.edges, ...edges],
      ...(notes.length > 0 ? { notes: [...(document.notes ?? []), ...notes] } : {}),
    },
    [...nodes, ...notes].map(({ id }) => id),
  ];
}
