import { branchOf } from "./read";
import type { FlowDocument, FlowNode } from "./types";

/** A line of the outline: a node below the instance or the failed step that leads to it. */
export interface OutlineItem {
  readonly node: FlowNode;
  /** Unlike the node's id also where the node stands twice. */
  readonly key: string;
  /** Whether it stands in full elsewhere: two wires lead to it. */
  readonly isRepeated: boolean;
  /** Of an instance its chain, of a step what follows where it fails. */
  readonly children: readonly OutlineItem[];
}

/** A line that is to be seen, with all that a tree tells of it. */
export interface OutlineRow {
  readonly item: OutlineItem;
  /** From 1. */
  readonly level: number;
  readonly position: number;
  readonly siblings: number;
  readonly parent: string | null;
}

/**
 * The scenario as a tree: instances, below each its steps in their order, below each step its failure branch.
 * Steps that no instance reaches come last.
 */
export function outlineOf(document: FlowDocument): OutlineItem[] {
  const nodes = new Map(document.nodes.map((node) => [node.id, node]));
  const next = { success: new Map<string, string[]>(), failure: new Map<string, string[]>() };
  for (const edge of document.edges) {
    const branch = next[branchOf(edge)];
    branch.set(edge.source, [...(branch.get(edge.source) ?? []), edge.target]);
  }
  const instances = document.nodes.filter(({ type }) => type === "sipInstance");
  const placed = new Set(instances.map(({ id }) => id));

  const chain = (starts: readonly string[], above: string): OutlineItem[] => {
    const items: OutlineItem[] = [];
    for (const start of starts)
      for (let id: string | undefined = start; id !== undefined; id = next.success.get(id)?.[0]) {
        const node = nodes.get(id);
        if (node === undefined) break;
        const isRepeated = placed.has(id);
        placed.add(id);
        const key = `${above}/${id}`;
        const children = isRepeated ? [] : chain(next.failure.get(id) ?? [], key);
        items.push({ node, key: isRepeated ? `${key}/${items.length}` : key, isRepeated, children });
        if (isRepeated) break;
      }
    return items;
  };

  const tree = instances.map((node): OutlineItem => ({
    node,
    key: node.id,
    isRepeated: false,
    children: chain(next.success.get(node.id) ?? [], node.id),
  }));
  const targets = new Set(document.edges.map(({ target }) => target));
  // First those that nothing leads to, then what is left: circles.
  for (const isStart of [true, false])
    for (const { id } of document.nodes)
      if (!placed.has(id) && (!isStart || !targets.has(id)))
        tree.push(...chain([id], `loose ${tree.length}`));
  return tree;
}

/** The lines to be seen, from top to bottom. */
export function rowsOf(tree: readonly OutlineItem[], collapsed: ReadonlySet<string>): OutlineRow[] {
  const rows: OutlineRow[] = [];
  const add = (items: readonly OutlineItem[], level: number, parent: string | null): void => {
    for (const [index, item] of items.entries()) {
      rows.push({ item, level, position: index + 1, siblings: items.length, parent });
      if (!collapsed.has(item.key)) add(item.children, level + 1, item.key);
    }
  };
  add(tree, 1, null);
  return rows;
}
