import type { FlowDocument } from "@/core/document/types";
import { useRun } from "@/features/run/store";
import { useCompare } from "@/features/workspace/compare";
import { useEditor } from "./store";

/** Whether what is on the canvas can only be looked at: a recorded run, or a comparison of versions. */
export const useIsReadOnly = (): boolean => {
  const isRun = useRun(({ document }) => document !== null);
  const isComparison = useCompare(({ document }) => document !== null);
  return isRun || isComparison;
};

/** The document on the canvas: that of the recorded run, the comparison, or the scenario being edited. */
export function useShownDocument(): FlowDocument {
  const edited = useEditor(({ document }) => document);
  const run = useRun(({ document }) => document);
  const comparison = useCompare(({ document }) => document);
  return comparison ?? run ?? edited;
}

export const isReadOnly = (): boolean =>
  useCompare.getState().document !== null || useRun.getState().document !== null;

export const shownDocument = (): FlowDocument =>
  useCompare.getState().document ?? useRun.getState().document ?? useEditor.getState().document;
