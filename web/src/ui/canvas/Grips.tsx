import type { NodeProps } from "@xyflow/react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useNodeRun } from "@/features/run/store";
import type { Standing } from "@/core/run/state";
import type { NoteNode, StepNode } from "./graph";
import { NoteView } from "./NoteView";
import { useCanvas } from "./store";

/** What takes the mouse and the keyboard for a node that is seen from afar; the picture shows it. */
export const StepGrip = memo(function StepGrip({ id }: NodeProps<StepNode>) {
  const state = useNodeRun(id)?.state ?? "pending";
  return <div className="grip">{state !== "pending" && <Said state={state} />}</div>;
});

/** How a node stands, for those who hear the canvas. */
function Said({ state }: { state: Exclude<Standing, "pending"> }) {
  const { t } = useTranslation("editor");
  return <span className="sr-only">{t(`state.${state}`)}</span>;
}

export const NoteGrip = memo(function NoteGrip(props: NodeProps<NoteNode>) {
  const isInHand = useCanvas(({ noteInHand }) => noteInHand === props.id);
  return isInHand ? <NoteView {...props} /> : <div className="grip" title={props.data.note.text} />;
});
