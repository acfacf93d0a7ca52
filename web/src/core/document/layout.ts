import { graphlib, layout } from "@dagrejs/dagre";
import { moveNodes, type Place, snap } from "./edit";
import { instancesOf, NODE_SIZE } from "./read";
import type { FlowDocument } from "./types";

const GAP = 60;

/** Every instance's chain from top to bottom, the chains side by side in the order of their instances. */
export function arrange(document: FlowDocument): FlowDocument {
  const owners = instancesOf(document);
  const instances = document.nodes.filter(({ type }) => type === "sipInstance").map(({ id }) => id);
  const places = new Map<string, Place>();
  let left = 0;
  for (const owner of [...instances, null]) {
    const ids = document.nodes.filter(({ id }) => (owners.get(id) ?? null) === owner).map(({ id }) => id);
    if (ids.length === 0) continue;
    const graph = new graphlib.Graph({ multigraph: true });
    graph.setGraph({ rankdir: "TB", nodesep: 40, ranksep: 56 });
    graph.setDefaultEdgeLabel(() => ({}));
    for (const id of ids) graph.setNode(id, { ...NODE_SIZE });
    for (const edge of document.edges)
      if (graph.hasNode(edge.source) && graph.hasNode(edge.target))
        graph.setEdge(edge.source, edge.target, {}, edge.id);
    layout(graph);
    const own = ids.map((id) => [id, graph.node(id) as unknown as Place] as const);
    const [minX, minY] = [Math.min(...own.map(([, { x }]) => x)), Math.min(...own.map(([, { y }]) => y))];
    for (const [id, { x, y }] of own) places.set(id, snap({ x: left + x - minX, y: y - minY }));
    left += Math.max(...own.map(([, { x }]) => x)) - minX + NODE_SIZE.width + GAP;
  }
  return moveNodes(document, places);
}
