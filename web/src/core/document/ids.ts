import type { FlowDocument } from "./types";

/** Names for new nodes and edges: short, and unlike any that is taken. */
export function freshId(prefix: string, taken: ReadonlySet<string>): string {
  for (let count = taken.size + 1; ; count++) {
    const id = `${prefix}-${count}`;
    if (!taken.has(id)) return id;
  }
}

/** Every id of nodes, edges and notes; new ones are added by whoever makes them. */
export function idsOf({ nodes, edges, notes = [] }: FlowDocument): Set<string> {
  return new Set([...nodes, ...edges, ...notes].map(({ id }) => id));
}
