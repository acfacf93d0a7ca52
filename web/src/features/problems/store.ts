import { create } from "zustand";
import type { Finding } from "@/api/catalogue";

/** What is wrong or doubtful in the scenario on the canvas, as the server found it. */
export interface Problems {
  /** Errors first. */
  findings: readonly Finding[];
  byNode: ReadonlyMap<string, readonly Finding[]>;
  errors: number;
  warnings: number;
}

export const useProblems = create<Problems>()(() => problemsOf([], new Map()));

/** Show these findings. A node whose findings are the same as before keeps its list, and is not drawn again. */
export function showFindings(findings: readonly Finding[]): void {
  useProblems.setState(({ byNode }) => problemsOf(findings, byNode));
}

function problemsOf(found: readonly Finding[], before: Problems["byNode"]): Problems {
  const rank = ({ severity }: Finding) => (severity === "error" ? 0 : 1);
  const findings = [...found].sort((one, other) => rank(one) - rank(other));
  const byNode = new Map<string, readonly Finding[]>();
  for (const finding of findings)
    if (finding.nodeId !== null) byNode.set(finding.nodeId, [...(byNode.get(finding.nodeId) ?? []), finding]);
  for (const [nodeId, own] of byNode) {
    const old = before.get(nodeId);
    if (old !== undefined && JSON.stringify(old) === JSON.stringify(own)) byNode.set(nodeId, old);
  }
  const errors = findings.filter(({ severity }) => severity === "error").length;
  return { findings, byNode, errors, warnings: findings.length - errors };
}

const NONE: readonly Finding[] = [];

/** What was found about one node. Renders only when that changes. */
export const useNodeProblems = (nodeId: string): readonly Finding[] =>
  useProblems(({ byNode }) => byNode.get(nodeId) ?? NONE);
