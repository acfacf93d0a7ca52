import i18next from "i18next";
import { toast } from "sonner";
import { exportUrl } from "@/api/workspace";
import type { Action } from "@/features/actions/registry";
import { useSettings } from "@/features/settings/store";
import * as commands from "@/features/workspace/commands";
import { startRun, stopRun } from "@/features/workspace/run";
import { useWorkspace } from "@/features/workspace/store";
import { isRunning as isAnyRunning, useRun } from "@/features/run/store";
import { attempt } from "@/ui/kit/attempt";
import { download } from "@/ui/workspace/files";

const open = () => useWorkspace.getState().open;
const isOpen = () => open() !== null;
const isRunning = () => isAnyRunning(useRun.getState());
const settings = useSettings.getState;

/** What the shell itself offers; canvas, ladder and others register their own. */
export const SHELL_ACTIONS: readonly Action[] = [
  {
    id: "file.new",
    titleKey: "shell:action.file.new",
    group: "file",
    run: () => {
      const project = useWorkspace.getState().projects.find(({ id }) => id === open()?.projectId);
      const projectId = project?.id ?? useWorkspace.getState().projects[0]?.id;
      if (projectId !== undefined)
        attempt(commands.createScenario(projectId, i18next.t("workspace:untitled")));
    },
  },
  {
    id: "file.templates",
    titleKey: "shell:action.file.templates",
    group: "file",
    run: () => useWorkspace.setState({ isTemplatesShown: true }),
  },
  {
    id: "file.save",
    titleKey: "shell:action.file.save",
    group: "file",
    keys: ["$mod+KeyS"],
    worksInText: true,
    isEnabled: isOpen,
    run: () => attempt(commands.save().then(() => toast.success(i18next.t("workspace:saved")))),
  },
  {
    id: "file.import",
    titleKey: "shell:action.file.import",
    group: "file",
    run: () => document.getElementById("import-file")?.click(),
  },
  {
    id: "file.export",
    titleKey: "shell:action.file.export",
    group: "file",
    isEnabled: isOpen,
    run: () => {
      const scenario = open();
      if (scenario !== null) download(exportUrl(scenario.id));
    },
  },
  {
    id: "file.versions",
    titleKey: "shell:action.file.versions",
    group: "file",
    isEnabled: isOpen,
    run: () => useWorkspace.setState({ versionsOf: open()?.id ?? null }),
  },
  {
    id: "run.start",
    titleKey: "shell:action.run.start",
    group: "run",
    keys: ["$mod+Enter"],
    worksInText: true,
    isEnabled: () => isOpen() && !isRunning(),
    run: () => attempt(startRun()),
  },
  {
    id: "run.stop",
    titleKey: "shell:action.run.stop",
    group: "run",
    keys: ["$mod+Period"],
    worksInText: true,
    isEnabled: isRunning,
    run: () => attempt(stopRun()),
  },
  ...(["scenarios", "nodes", "outline", "history"] as const).map((sidebar): Action => ({
    id: `view.${sidebar}`,
    titleKey: `shell:action.view.${sidebar}`,
    group: "view",
    run: () => settings().set({ sidebar }),
  })),
  {
    id: "view.console",
    titleKey: "shell:action.view.console",
    group: "view",
    run: () => settings().set({ isConsoleOpen: !settings().isConsoleOpen }),
  },
  {
    id: "view.properties",
    titleKey: "shell:action.view.properties",
    group: "view",
    run: () => settings().set({ isPropertiesOpen: !settings().isPropertiesOpen }),
  },
  ...(["system", "light", "dark"] as const).map((theme): Action => ({
    id: `view.theme-${theme}`,
    titleKey: `shell:theme.${theme}`,
    group: "view",
    run: () => settings().set({ theme }),
  })),
  {
    id: "view.english",
    titleKey: "shell:english",
    group: "view",
    run: () => settings().set({ language: "en" }),
  },
  {
    id: "view.korean",
    titleKey: "shell:korean",
    group: "view",
    run: () => settings().set({ language: "ko" }),
  },
];
