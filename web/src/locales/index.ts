import enEditor from "./en/editor.json";
import enLadder from "./en/ladder.json";
import enMonitor from "./en/monitor.json";
import enProperties from "./en/properties.json";
import enShell from "./en/shell.json";
import enWorkspace from "./en/workspace.json";
import koEditor from "./ko/editor.json";
import koLadder from "./ko/ladder.json";
import koMonitor from "./ko/monitor.json";
import koProperties from "./ko/properties.json";
import koShell from "./ko/shell.json";
import koWorkspace from "./ko/workspace.json";

/** Every string that people read, by language and by the part of the screen it belongs to. */
export const resources = {
  en: {
    shell: enShell,
    editor: enEditor,
    properties: enProperties,
    monitor: enMonitor,
    ladder: enLadder,
    workspace: enWorkspace,
  },
  ko: {
    shell: koShell,
    editor: koEditor,
    properties: koProperties,
    monitor: koMonitor,
    ladder: koLadder,
    workspace: koWorkspace,
  },
} as const;
