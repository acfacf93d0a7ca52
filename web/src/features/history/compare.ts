import { create } from "zustand";
import { loadEvents, loadRun } from "@/api/runs";
import { readDocument } from "@/core/document/read";
import type { FlowDocument } from "@/core/document/types";
import { compareLadders, compareNodes, type MessageRow, type NodeRow } from "@/core/run/compare";
import type { RunInfo } from "@/core/run/events";
import { Recording } from "@/core/run/state";
import { useRunHistory } from "./store";

/** Two runs beside each other. */
export interface RunComparison {
  left: RunInfo;
  right: RunInfo;
  /** The document of the left run, and of the right one. */
  documents: readonly [FlowDocument, FlowDocument];
  nodes: readonly NodeRow[];
  messages: readonly MessageRow[];
  /** Whether a run is so long that only its beginning was compared. */
  isCut: boolean;
}

export const useRunComparison = create<{ comparison: RunComparison | null }>()(() => ({ comparison: null }));

/** So many events of each run are looked at. */
const MAX_EVENTS = 50_000;

/** Compare the run chosen before with this one, the older one on the left. Raises ApiError. */
export async function compareWith(other: RunInfo): Promise<void> {
  const { comparing } = useRunHistory.getState();
  if (comparing === null) return;
  useRunHistory.setState({ comparing: null });
  const [left, right] = comparing.startedAt <= other.startedAt ? [comparing, other] : [other, comparing];
  await compareRuns(left.id, right.id);
}

/** Load two runs and lay them beside each other. Raises ApiError. */
async function compareRuns(left: string, right: string): Promise<void> {
  const [one, other] = await Promise.all([loadWhole(left), loadWhole(right)]);
  useRunComparison.setState({
    comparison: {
      left: one.run,
      right: other.run,
      documents: [one.document, other.document],
      nodes: compareNodes(one, other),
      messages: compareLadders(one.recording.events, other.recording.events),
      isCut: one.isCut || other.isCut,
    },
  });
}

export const endComparison = (): void => useRunComparison.setState({ comparison: null });

async function loadWhole(id: string) {
  const { flowData, ...run } = await loadRun(id);
  const recording = new Recording();
  let isCut = false;
  for (let isMore = true; isMore;) {
    const { events, lastSeq } = await loadEvents(id, recording.lastSeq);
    recording.append(events);
    isCut = recording.lastSeq >= MAX_EVENTS && recording.lastSeq < lastSeq;
    isMore = events.length > 0 && recording.lastSeq < lastSeq && !isCut;
  }
  return { run, document: readDocument(flowData), state: recording.state, recording, isCut };
}
