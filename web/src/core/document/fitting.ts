import type { CallSide, NodeTypeInfo } from "@/core/catalogue";
import { typeNameOf } from "./read";
import type { FlowDocument, FlowNode } from "./types";

/**
 * The node types that make sense behind a node, told by the calls that its way there opens: an answer needs an
 * incoming call, a hang-up any call. Types whose needs are met by the way come first.
 */
export function fittingBehind(
  document: FlowDocument,
  nodeId: string,
  types: readonly NodeTypeInfo[],
): readonly NodeTypeInfo[] {
  const byName = new Map(types.map((type) => [`${type.kind} ${type.name}`, type]));
  const typeOf = (node: FlowNode) => byName.get(`${node.type} ${typeNameOf(node)}`);
  const open = new Set<CallSide>();
  for (const node of wayTo(document, nodeId)) {
    const opens = typeOf(node)?.opens;
    if (opens !== undefined && opens !== null) open.add(opens);
  }
  const fits = ({ needs }: NodeTypeInfo) =>
    needs === null || (needs === "either" ? open.size > 0 : open.has(needs) || open.has("either"));
  return types.filter((type) => type.kind !== "sipInstance" && fits(type));
}

/** The node and everything from which a wire leads to it. */
function wayTo(document: FlowDocument, nodeId: string): FlowNode[] {
  const before = new Map<string, string[]>();
  for (const { source, target } of document.edges)
    before.set(target, [...(before.get(target) ?? []), source]);
  const seen = new Set([nodeId]);
  const waiting = [nodeId];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop())
    for (const source of before.get(id) ?? []) {
      if (seen.has(source)) continue;
      seen.add(source);
      waiting.push(source);
    }
  return document.nodes.filter(({ id }) => seen.has(id));
}
