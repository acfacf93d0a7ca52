import { useEffect } from "react";
import { useActions } from "@/features/actions/registry";
import { followCatalogue } from "@/features/catalogue/store";
import { followProblems } from "@/features/problems/follow";
import { followRuns, onScenarioChange } from "@/features/run/follow";
import { begin, followAddress, followNames, heard } from "@/features/workspace/commands";
import { CLIENT } from "@/features/workspace/journal";
import { attempt } from "@/ui/kit/attempt";
import { SHELL_ACTIONS } from "./actions";
import { OVERLAY_ACTIONS } from "./overlays";

let hasBegun = false;

/** Offer the shell's actions, and load what is to be seen first. */
export function useStart(): void {
  useEffect(() => useActions.getState().register([...SHELL_ACTIONS, ...OVERLAY_ACTIONS]), []);
  useEffect(() => {
    if (hasBegun) return;
    hasBegun = true;
    attempt(begin());
    followCatalogue();
    followProblems();
    followNames();
    followRuns();
    addEventListener("popstate", () => attempt(followAddress()));
    onScenarioChange((notice) => attempt(heard({ ...notice, isOwn: notice.draftClient === CLIENT })));
  }, []);
}
