import { create } from "zustand";
import { deleteRun, listRuns, renameRun } from "@/api/runs";
import type { RunInfo } from "@/core/run/events";
import type { Tell } from "@/core/run/sayings";
import { closeRun, onRunChange } from "@/features/run/follow";
import { useRun } from "@/features/run/store";

export interface HistoryFilter {
  text: string;
  result: RunInfo["result"] | null;
  scenarioId: string | null;
}

/** Every run that the server keeps, the newest first. */
export interface HistoryView {
  runs: readonly RunInfo[];
  isLoaded: boolean;
  filter: HistoryFilter;
  /** The run for which another one is being chosen to be compared with. */
  comparing: RunInfo | null;
  setFilter: (change: Partial<HistoryFilter>) => void;
}

export const NO_FILTER: HistoryFilter = { text: "", result: null, scenarioId: null };

export const useRunHistory = create<HistoryView>()((set) => ({
  runs: [],
  isLoaded: false,
  filter: NO_FILTER,
  comparing: null,
  setFilter: (change) => set(({ filter }) => ({ filter: { ...filter, ...change } })),
}));

/** Whether the filter lets a run through. */
export function isListed(run: RunInfo, { text, result, scenarioId }: HistoryFilter, tell: Tell): boolean {
  if (result !== null && run.result !== result) return false;
  if (scenarioId !== null && run.scenarioId !== scenarioId) return false;
  const error = tell(run.error ?? "", run.said?.error);
  const told = `${run.name ?? ""}\n${run.scenarioName}\n${error}`.toLowerCase();
  return told.includes(text.trim().toLowerCase());
}

/** Load all runs, and keep the list as they come and go, until the returned function is called. */
export function followHistory(): () => void {
  const load = async (): Promise<void> => {
    try {
      useRunHistory.setState({ runs: await listRuns(), isLoaded: true });
    } catch {
      // The list is loaded again as soon as the server is back.
    }
  };
  void load();
  const endChanges = onRunChange((change) => {
    useRunHistory.setState(({ runs }) => ({
      runs: typeof change === "string" ? runs.filter(({ id }) => id !== change) : withRun(runs, change),
    }));
  });
  const endReturns = useRun.subscribe((now, before) => {
    if (now.connection === "open" && before.connection === "lost") void load();
  });
  return () => {
    endChanges();
    endReturns();
  };
}

/** The list with a run that has begun, ended or got another name. */
export function withRun(runs: readonly RunInfo[], changed: RunInfo): RunInfo[] {
  const others = runs.filter(({ id }) => id !== changed.id);
  return [...others, changed].sort((one, other) => other.startedAt - one.startedAt);
}

/** Raises ApiError. */
export async function nameRun(id: string, name: string): Promise<void> {
  await renameRun(id, name);
}

/** Delete what was recorded of a run; where it is shown, go back to the scenario. Raises ApiError. */
export async function forgetRun(id: string): Promise<void> {
  await deleteRun(id);
  useRunHistory.setState(({ runs }) => ({ runs: runs.filter((run) => run.id !== id) }));
  if (useRun.getState().run?.id === id) closeRun();
}
