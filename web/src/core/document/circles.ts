import { branchOf } from "./read";
import type { Branch, FlowDocument, FlowNode } from "./types";

/**
 * Whether a new wire would close a circle that runs for ever: one that no loop counts the rounds of, by leading into
 * it on its success branch. `except` is the wire whose place it takes.
 */
export function closesCircle(
  { nodes, edges }: FlowDocument,
  wire: { source: string; target: string; branch: Branch },
  isLoop: (node: FlowNode) => boolean,
  except?: string,
): boolean {
  const loops = new Set(nodes.filter(isLoop).map(({ id }) => id));
  const isCounted = (source: string, branch: Branch) => branch === "success" && loops.has(source);
  if (isCounted(wire.source, wire.branch)) return false;
  const after = new Map<string, string[]>();
  for (const edge of edges)
    if (edge.id !== except && !isCounted(edge.source, branchOf(edge)))
      after.set(edge.source, [...(after.get(edge.source) ?? []), edge.target]);
  const seen = new Set<string>();
  const waiting = [wire.target];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (id === wire.source) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    waiting.push(...(after.get(id) ?? []));
  }
  return false;
}
