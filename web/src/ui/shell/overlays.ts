import { create } from "zustand";
import type { Action } from "@/features/actions/registry";

/** Which of the windows over everything is open. */
export const useOverlay = create<{ shown: "commands" | "keys" | null }>()(() => ({ shown: null }));

const toggle = (shown: "commands" | "keys") =>
  useOverlay.setState((now) => ({ shown: now.shown === shown ? null : shown }));

export const OVERLAY_ACTIONS: readonly Action[] = [
  {
    id: "view.commandPalette",
    titleKey: "shell:commandPalette",
    group: "view",
    keys: ["$mod+KeyK"],
    worksInText: true,
    run: () => toggle("commands"),
  },
  {
    id: "help.keys",
    titleKey: "shell:keySheet",
    group: "help",
    keys: ["Shift+?"],
    run: () => toggle("keys"),
  },
];
