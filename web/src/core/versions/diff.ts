import type { FlowDocument, FlowEdge, FlowNode } from "@/core/document/types";

export type Change = "added" | "removed" | "changed" | "moved";

/** What tells two documents apart, by node id and by edge id. */
export interface Difference {
  nodes: ReadonlyMap<string, Change>;
  edges: ReadonlyMap<string, Change>;
}

/** How `after` differs from `before`. A node that only stands elsewhere is moved, not changed. */
export function compareDocuments(before: FlowDocument, after: FlowDocument): Difference {
  return {
    nodes: compare(before.nodes, after.nodes, (one, other) =>
      !isEqual(withoutPlace(one), withoutPlace(other))
        ? "changed"
        : isEqual(one.position, other.position)
          ? null
          : "moved",
    ),
    edges: compare(before.edges, after.edges, (one, other) =>
      isEqual(ends(one), ends(other)) ? null : "changed",
    ),
  };
}

/** `after` with what it no longer has put back, so that both can be seen on one canvas. */
export function overlay(before: FlowDocument, after: FlowDocument): FlowDocument {
  const { nodes, edges } = compareDocuments(before, after);
  return {
    ...after,
    nodes: [...after.nodes, ...before.nodes.filter((node) => nodes.get(node.id) === "removed")],
    edges: [...after.edges, ...before.edges.filter((edge) => edges.get(edge.id) === "removed")],
  };
}

function compare<T extends { id: string }>(
  before: readonly T[],
  after: readonly T[],
  change: (before: T, after: T) => Change | null,
): Map<string, Change> {
  const found = new Map<string, Change>();
  const earlier = new Map(before.map((item) => [item.id, item]));
  for (const item of after) {
    const own = earlier.get(item.id);
    const what = own === undefined ? "added" : change(own, item);
    if (what !== null) found.set(item.id, what);
    earlier.delete(item.id);
  }
  for (const id of earlier.keys()) found.set(id, "removed");
  return found;
}

const withoutPlace = (node: FlowNode): object => ({ ...node, position: null });
const ends = ({ source, target, sourceHandle }: FlowEdge): object => ({ source, target, sourceHandle });

/** Whether two values of JSON are the same; the order of keys does not count. */
export function isEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every(
      (key) =>
        Object.hasOwn(other, key) &&
        isEqual((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]),
    )
  );
}
