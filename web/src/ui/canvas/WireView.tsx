import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getSmoothStepPath } from "@xyflow/react";
import { memo } from "react";
import { titleOf } from "@/core/run/state";
import { useRun } from "@/features/run/store";
import { classes } from "@/ui/kit/classes";
import { WIRE_INSET, type WireEdge } from "./graph";
import { useCanvas } from "./store";
import { bendOf, wireState } from "./wires";

/** A wire: success is drawn through, failure dashed; in a run, those taken stand out and the last one pulses. */
export const WireView = memo(function WireView(edge: EdgeProps<WireEdge>) {
  const { id, source, target, selected, data } = edge;
  const branch = data?.branch ?? "success";
  const state = useRun((run) => wireState(run, source, target, branch));
  const isUnderDrag = useCanvas(({ wireUnderDrag }) => wireUnderDrag === id);
  const ends = { ...edge, sourceY: edge.sourceY - WIRE_INSET, targetY: edge.targetY + WIRE_INSET };
  const [path, x, y] = getSmoothStepPath({ ...ends, ...bendOf(ends, branch) });
  return (
    <>
      <BaseEdge
        path={path}
        interactionWidth={18}
        markerEnd={`url(#wire-${branch})`}
        className={classes("wire", `wire-${branch}`, selected === true && "wire-selected")}
        data-state={state}
        data-change={data?.change}
        data-under-drag={isUnderDrag}
      />
      {state === "now" && <Pulse source={source} x={x} y={y} />}
    </>
  );
});

/** What has just passed along the wire, named by the message that brought it about. */
function Pulse({ source, x, y }: { source: string; x: number; y: number }) {
  const message = useRun(({ state, recording }) => recording.at(state.nodes.get(source)?.message ?? 0));
  if (message?.event !== "scenario:sip-message") return null;
  return (
    <EdgeLabelRenderer>
      <span
        className="wire-pulse nodrag nopan"
        style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
      >
        {titleOf(message)}
      </span>
    </EdgeLabelRenderer>
  );
}

/** The arrow heads of wires, once for the whole canvas. */
export function WireHeads() {
  return (
    <svg aria-hidden className="absolute size-0">
      <defs>
        {(["success", "failure"] as const).map((branch) => (
          <marker
            key={branch}
            id={`wire-${branch}`}
            viewBox="0 0 10 10"
            refX="8.5"
            refY="5"
            markerUnits="userSpaceOnUse"
            markerWidth="12"
            markerHeight="12"
            orient="auto-start-reverse"
          >
            <path d="M1 1.2 L9 5 L1 8.8 Z" fill={`var(--${branch})`} />
          </marker>
        ))}
      </defs>
    </svg>
  );
}
