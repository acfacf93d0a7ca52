import { getSmoothStepPath, Position } from "@xyflow/react";
import type { Place } from "@/core/document/edit";
import { FAILURE_AT } from "@/core/document/geometry";
import { NODE_SIZE } from "@/core/document/read";
import type { Branch } from "@/core/document/types";
import type { RunView } from "@/features/run/store";
import { WIRE_GAP } from "./graph";

/** How a wire runs between two nodes, and how it stands in a run. */

/** How a wire bends. */
const BEND = { borderRadius: 14, offset: 22 };
/** How far beside its nodes a wire runs that leads back. */
const ASIDE = 28;

/** The part of a node's width that is left of this way out. */
const outAt = (branch: Branch): number => NODE_SIZE.width * (branch === "failure" ? FAILURE_AT : 0.5);

/** How a wire bends between these ends: one that leads back runs left of both nodes, so that none covers it. */
export function bendOf(
  { sourceX, sourceY, targetX, targetY }: Record<"sourceX" | "sourceY" | "targetX" | "targetY", number>,
  branch: Branch,
): typeof BEND & { centerX?: number } {
  if (targetY > sourceY) return BEND;
  return { ...BEND, centerX: Math.min(sourceX - outAt(branch), targetX - NODE_SIZE.width / 2) - ASIDE };
}

/** The line of a wire, as SVG has it, between nodes that stand at these places. */
export function pathOf(
  source: Place,
  target: Place,
  branch: Branch,
  borderRadius = BEND.borderRadius,
): string {
  const ends = {
    sourceX: source.x + outAt(branch),
    sourceY: source.y + NODE_SIZE.height + WIRE_GAP,
    targetX: target.x + NODE_SIZE.width / 2,
    targetY: target.y - WIRE_GAP,
  };
  const [path] = getSmoothStepPath({
    ...ends,
    ...bendOf(ends, branch),
    borderRadius,
    sourcePosition: Position.Bottom,
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
