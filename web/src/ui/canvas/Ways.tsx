import { Handle, Position } from "@xyflow/react";
import type { TFunction } from "i18next";
import { Fragment, memo } from "react";
import { useTranslation } from "react-i18next";
import type { NodeTypeInfo } from "@/core/catalogue";
import { FAILURE_AT } from "@/core/document/geometry";
import { useCanvas } from "./store";

const WAYS = {
  in: { type: "target", position: Position.Top, style: undefined },
  success: { type: "source", position: Position.Bottom, style: undefined },
  failure: {
    type: "source",
    position: Position.Bottom,
    style: { left: `${FAILURE_AT * 100}%` },
  },
} as const;
const OF_STEP = ["in", "success", "failure"] as const;
const OF_INSTANCE = ["success"] as const;

/** The labels are the same on all nodes: put together once for each language. */
const known = new WeakMap<object, Record<keyof typeof WAYS, string>>();

function labelsIn(t: TFunction<"editor">): Record<keyof typeof WAYS, string> {
  const labels = known.get(t) ?? { in: t("wayIn"), success: t("successWay"), failure: t("failureWay") };
  known.set(t, labels);
  return labels;
}

/**
 * Where wires enter and leave a node. A handle of React Flow watches all of the canvas, so there are some only on
 * nodes that the mouse has come near, and on all while a wire is drawn; else a spot marks the place.
 */
export const Ways = memo(function Ways({
  isInstance,
  names,
  isNear,
  onNear,
}: {
  isInstance: boolean;
  /** What its type calls its ways out, where they mean something of their own. */
  names: NodeTypeInfo["ways"] | undefined;
  isNear: boolean;
  onNear: () => void;
}) {
  const { t } = useTranslation("editor");
  const labels = labelsIn(t);
  const isWireDrawn = useCanvas((canvas) => canvas.isWireDrawn);
  return (isInstance ? OF_INSTANCE : OF_STEP).map((id) => {
    const { type, position, style } = WAYS[id];
    const className = `way way-${id}`;
    const name = id === "in" ? undefined : names?.[id];
    const label = name === undefined ? labels[id] : `${labels[id]}: ${name}`;
    const way =
      isNear || isWireDrawn ? (
        <Handle
          id={id}
          type={type}
          position={position}
          role="img"
          aria-label={label}
          title={label}
          className={className}
          style={style}
        />
      ) : (
        <span
          role="img"
          aria-label={label}
          // React Flow measures where wires begin and end by these.
          data-handleid={id}
          data-handlepos={position}
          className={`react-flow__handle react-flow__handle-${position} ${type} nodrag ${className}`}
          style={style}
          onPointerEnter={onNear}
        />
      );
    return (
      <Fragment key={id}>
        {way}
        {name !== undefined && (
          <span aria-hidden className={`way-name way-name-${id}`} style={style}>
            {name}
          </span>
        )}
      </Fragment>
    );
  });
});
