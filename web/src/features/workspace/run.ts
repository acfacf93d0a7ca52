import { ApiError } from "@/api/client";
import * as api from "@/api/workspace";
import { learnBegin } from "@/features/run/follow";
import { isRunning, useRun } from "@/features/run/store";
import { language } from "@/features/settings/language";
import { useSettings } from "@/features/settings/store";
import { useVariables } from "@/features/variables/store";
import { journal } from "./journal";
import { useWorkspace } from "./store";

let starting: Promise<void> = Promise.resolve();

/** Run what is on the canvas. Raises ApiError, where findings forbid it after showing them. */
export function startRun(): Promise<void> {
  const { open } = useWorkspace.getState();
  if (open === null || isRunning(useRun.getState())) return starting;
  useRun.setState({ isStarting: true });
  starting = start(open.id).finally(() => useRun.setState({ isStarting: false }));
  return starting;
}

async function start(scenarioId: string): Promise<void> {
  try {
    await journal.flush();
    const variables = useVariables.getState().valuesOf(scenarioId);
    const { runId } = await api.startRun(scenarioId, variables, language.current());
    await learnBegin(runId);
  } catch (error) {
    const findings = error instanceof ApiError ? error.body.findings : undefined;
    if (Array.isArray(findings)) useSettings.getState().set({ isConsoleOpen: true, consoleTab: "problems" });
    throw error;
  }
  const { consoleTab } = useSettings.getState();
  useSettings.getState().set({
    isConsoleOpen: true,
    consoleTab: consoleTab === "problems" ? "ladder" : consoleTab,
  });
}

/** End the run under way through its cleanup; one that is only being started, as soon as it has begun. */
export async function stopRun(): Promise<void> {
  await starting.catch(() => undefined); // told by whoever has started it
  await api.stopRun().catch((error: unknown) => {
    // Ended by itself meanwhile: that is what was wanted.
    if (!(error instanceof ApiError && error.code === "not-running")) throw error;
  });
}
