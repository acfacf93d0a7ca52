import { useMemo } from "react";
import { isOf, nodeAt, workOf } from "@/core/ladder/nodes";
import type { Arrow } from "@/core/ladder/model";
import type { Row } from "@/core/ladder/rows";
import { useFocus } from "@/features/focus/store";
import { useLadderView } from "@/features/ladder/store";
import { useRun } from "@/features/run/store";
import { lineId } from "./Line";

export interface Focused {
  /** The id of the line that is chosen, here or in another view. */
  selected: string | null;
  /** Whether an arrow is a doing of the node that is chosen on the canvas. */
  isRelated: (arrow: Arrow) => boolean;
  /** When that node last began its work, by the number of the event; null where none is chosen. */
  begunAt: number | null;
}

/** What the other views point at, as lines of the ladder. */
export function useFocused(revision: number): Focused {
  const recording = useRun((run) => run.recording);
  const { nodeId, seq, arrow } = useFocus();
  const work = useMemo(
    // A node that is still at work is so up to the latest event.
    () => (nodeId === null || seq !== null || revision < 0 ? null : workOf(recording.events, nodeId)),
    [recording, revision, nodeId, seq],
  );
  const event = seq === null ? undefined : recording.at(seq);
  const id = arrow ?? (event?.event === "scenario:sip-message" ? event.firstSeq : null);
  return {
    selected:
      id !== null ? lineId({ kind: "arrow", id }) : seq === null ? null : lineId({ kind: "remark", id: seq }),
    isRelated: (one) => work !== null && isOf(one, work),
    begunAt: work?.from ?? null,
  };
}

/** Choose a line: every other view shows what it stands for. */
export function chooseRow(row: Row, isOpening: boolean): void {
  const { recording } = useRun.getState();
  if (row.kind === "remark") {
    useFocus.getState().show({ seq: row.id, nodeId: row.remark.nodeId });
    return;
  }
  if (row.kind === "gap") return;
  // A stretch of media carries the number of the message that began it.
  const arrow = row.id;
  const message = recording.at(arrow);
  const nodeId = message?.event === "scenario:sip-message" ? nodeAt(recording.events, message) : null;
  useFocus.getState().show({ arrow, seq: arrow, nodeId });
  const view = useLadderView.getState();
  if (isOpening || view.opened !== null) view.set({ opened: arrow, comparedWith: null });
}
