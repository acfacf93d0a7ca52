import { getSmoothStepPath, Position } from "@xyflow/react";
import type { Place } from "@/core/document/edit";
import { FAILURE_AT } from "@/core/document/geometry";
import { NODE_SIZE } from "@/core/document/read";
import type { Branch } from "@/core/document/types";
import type { RunView } from "@/features/run/store";
import { WIRE_GAP } from "./graph";

/** How a wire runs between two nodes, and how it stands in a run. */

/** How a wire bends. */
export const BEND = { borderRadius: 14, offset: 22 };

/** The line of a wire, as SVG has it, between nodes that stand at these places. */
export function pathOf(source: Place, target: Place, branch: Branch, bend = BEND): string {
  const [path] = getSmoothStepPath({
    ...bend,
    sourceX: source.x + NODE_SIZE.width * (branch === "failure" ? FAILURE_AT : 0.5),
    sourceY: source.y + NODE_SIZE.height + WIRE_GAP,
    sourcePosition: Position.Bottom,
    targetX: target.x + NODE_SIZE.width / 2,
    targetY: target.y - WIRE_GAP,
    targetPosition: Position.Top,
  });
  return path;
}

export type WireState = "none" | "taken" | "now";

/** How long the wire just taken stays lit, counted by the run's own clock. */
const LIT_MS = 1_500;

export function wireState(
  { view, state }: Pick<RunView, "view" | "state">,
  source: string,
  target: string,
  branch: Branch,
): WireState {
  if (view === "none") return "none";
  const entered = state.nodes.get(target)?.since ?? null;
  if (entered === null) return "none";
  const left = state.nodes.get(source)?.state;
  if (left !== undefined && left !== (branch === "success" ? "completed" : "failed")) return "none";
  const isLast = state.nodes.get(target)?.state === "running" || (state.lastAt ?? 0) - entered < LIT_MS;
  return isLast && state.result === null ? "now" : "taken";
}
