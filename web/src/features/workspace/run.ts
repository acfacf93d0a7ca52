import { ApiError } from "@/api/client";
import * as api from "@/api/workspace";
import { language } from "@/features/settings/language";
import { useSettings } from "@/features/settings/store";
import { useVariables } from "@/features/variables/store";
import { journal } from "./journal";
import { useWorkspace } from "./store";

/** Run what is on the canvas. Raises ApiError, where findings forbid it after showing them. */
export async function startRun(): Promise<void> {
  const { open } = useWorkspace.getState();
  if (open === null) return;
  await journal.flush();
  try {
    await api.startRun(open.id, useVariables.getState().valuesOf(open.id), language.current());
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

/** End the run under way through its cleanup. */
export async function stopRun(): Promise<void> {
  await api.stopRun();
}
