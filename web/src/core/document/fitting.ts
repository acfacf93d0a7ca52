import type { CallSide, NodeTypeInfo } from "@/core/catalogue";
import { branchOf, typeNameOf } from "./read";
import type { Branch, FlowDocument, FlowNode } from "./types";

/**
 * The node types that make sense behind this branch of a node, told by the calls that the way there opens: an answer
 * needs an incoming call, a hang-up any call.
 */
export function fittingBehind(
  document: FlowDocument,
  { id, branch }: { id: string; branch: Branch },
  types: readonly NodeTypeInfo[],
): readonly NodeTypeInfo[] {
  const byName = new Map(types.map((type) => [`${type.kind} ${type.name}`, type]));
  const typeOf = (node: FlowNode) => byName.get(`${node.type} ${typeNameOf(node)}`);
  const open = new Set<CallSide>();
  for (const node of passedOnTheWay(document, id, branch)) {
    const opens = typeOf(node)?.opens;
    if (opens !== undefined && opens !== null) open.add(opens);
  }
  const fits = ({ needs }: NodeTypeInfo) =>
    needs === null || (needs === "either" ? open.size > 0 : open.has(needs) || open.has("either"));
  return types.filter((type) => type.kind !== "sipInstance" && fits(type));
}

/** The nodes that have succeeded wherever this branch is taken, or may have: one that fails opens no call. */
function passedOnTheWay(document: FlowDocument, nodeId: string, branch: Branch): FlowNode[] {
  const before = new Map<string, [string, Branch][]>();
  for (const edge of document.edges)
    before.set(edge.target, [...(before.get(edge.target) ?? []), [edge.source, branchOf(edge)]]);
  const seen = new Set([nodeId]);
  const passed = new Set(branch === "success" ? [nodeId] : []);
  const waiting = [nodeId];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop())
    for (const [source, way] of before.get(id) ?? []) {
      if (way === "success") passed.add(source);
      if (seen.has(source)) continue;
      seen.add(source);
      waiting.push(source);
    }
  return document.nodes.filter(({ id }) => passed.has(id));
}
