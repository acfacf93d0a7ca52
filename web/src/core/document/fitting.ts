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
  const sidesOf = (nodes: readonly FlowNode[]) => new Set(nodes.map((node) => typeOf(node)?.opens));
  const { seen, passed } = wayTo(document, id, branch);
  const [begun, open] = [sidesOf(seen), sidesOf(passed)];
  const fits = ({ kind, needs }: NodeTypeInfo) => {
    // What came of a call that has failed can still be waited for; done to it can be nothing.
    const calls = kind === "event" ? begun : open;
    return needs === null || SIDES.some((side) => calls.has(side) && [side, "either"].includes(needs));
  };
  return types.filter((type) => type.kind !== "sipInstance" && fits(type));
}

const SIDES: readonly CallSide[] = ["caller", "callee"];

/** The nodes from which a way leads here, and of these the ones that may have succeeded on it. */
function wayTo(
  document: FlowDocument,
  nodeId: string,
  branch: Branch,
): Record<"seen" | "passed", FlowNode[]> {
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
  const those = (ids: ReadonlySet<string>) => document.nodes.filter(({ id }) => ids.has(id));
  return { seen: those(seen), passed: those(passed) };
}
