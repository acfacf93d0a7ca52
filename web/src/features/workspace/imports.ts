import { create } from "zustand";
import * as api from "@/api/workspace";
import type { FlowDocument } from "@/core/document/types";
import * as editor from "@/features/editor/store";
import { useEditor } from "@/features/editor/store";
import { language } from "@/features/settings/language";
import * as commands from "./commands";
import { useWorkspace } from "./store";

/** Files that became scenarios at once: one step, which is undone and done again beside those of the canvas. */
interface Import {
  made: readonly api.Scenario[];
  /** What was open before. */
  before: string | null;
}

interface Imports {
  done: readonly Import[];
  /** Imports that were taken back, each with what the canvas showed then: an edit of that makes an end of them. */
  undone: readonly (Import & { shown: FlowDocument })[];
}

const useImports = create<Imports>()(() => ({ done: [], undone: [] }));
let isBusy = false;

/** Make a scenario of a file's text. */
export const importScenario = (
  projectId: string,
  fileName: string,
  text: string,
  signal: AbortSignal,
): Promise<api.Scenario> => api.importScenario(projectId, { fileName, text }, language.current(), signal);

/** Show what has been imported: the last of it on the canvas, all of it in the tree. One step to undo. */
export async function showImported(made: readonly api.Scenario[], before: string | null): Promise<void> {
  await commands.refreshTree();
  const last = made.at(-1);
  if (last === undefined) return;
  await commands.openScenario(last.id);
  useImports.setState(({ done }) => ({ done: [...done, { made, before }], undone: [] }));
}

/** Take an import back, and show what was open before. What has been edited since stays; returns what went. */
export async function takeBack(made: readonly api.Scenario[]): Promise<readonly api.Scenario[]> {
  const step = useImports.getState().done.find((own) => own.made === made);
  if (step === undefined) return [];
  await commands.leave();
  await commands.refreshTree();
  const { scenarios } = useWorkspace.getState();
  const all = new Set(Object.values(scenarios).flatMap((own) => own.map(({ id }) => id)));
  const before = step.before !== null && all.has(step.before) ? step.before : null;
  if (before !== null) await commands.openScenario(before);
  const gone: api.Scenario[] = [];
  for (const scenario of made.filter(({ id }) => all.has(id))) {
    const now = await api.loadScenario(scenario.id);
    if (now.draft !== null || now.version !== scenario.version) continue;
    await commands.deleteScenario(scenario.id);
    gone.push(scenario);
  }
  const shown = useEditor.getState().document;
  useImports.setState(({ done, undone }) => ({
    done: done.filter((own) => own !== step),
    undone: gone.length === 0 ? undone : [...undone, { made: gone, before, shown }],
  }));
  return gone;
}

async function doAgain(step: Import): Promise<void> {
  const made: api.Scenario[] = [];
  for (const { id, projectId, name, flowData } of step.made) {
    const again = await api.createScenario(projectId, commands.freeName(projectId, name), flowData);
    commands.passOn(id, again.id);
    made.push(again);
  }
  const { undone } = useImports.getState();
  await showImported(made, step.before);
  useImports.setState({ undone: undone.filter((own) => own !== step) });
}

/** The import that brought what is on the canvas, as long as nothing of that has been edited or saved. */
function undoable(): Import | undefined {
  const { open } = useWorkspace.getState();
  return useImports.getState().done.find(({ made }) => {
    const last = made.at(-1);
    return last !== undefined && last.id === open?.id && last.version === open.baseVersion;
  });
}

function redoable(): Import | undefined {
  const shown = useEditor.getState().document;
  const last = useImports.getState().undone.at(-1);
  const isHere =
    last !== undefined && last.before === (useWorkspace.getState().open?.id ?? null) && last.shown === shown;
  return isHere ? last : undefined;
}

/** Whether there is something to undo or to do again: edits of what is on the canvas, and before them its import. */
export function useHistory(): { canUndo: boolean; canRedo: boolean } {
  const { canUndo, canRedo } = editor.useHistory();
  return { canUndo: useAny(undoable) || canUndo, canRedo: useAny(redoable) || canRedo };
}

/** Whether there is such an import; asked anew whenever anything changes that it depends on. */
function useAny(find: () => Import | undefined): boolean {
  const isThere = () => find() !== undefined;
  useWorkspace(isThere);
  useEditor(isThere);
  return useImports(isThere);
}

/** Undo the last step; returns the scenarios that went with it, where that was an import. */
export async function undo(): Promise<readonly api.Scenario[]> {
  if (editor.stepsNow().past.length > 0) editor.undo();
  else {
    const step = undoable();
    if (step !== undefined) return (await alone(() => takeBack(step.made))) ?? [];
  }
  return [];
}

/** Do again what was undone last. */
export async function redo(): Promise<void> {
  if (editor.stepsNow().future.length > 0) editor.redo();
  else {
    const step = redoable();
    if (step !== undefined) await alone(() => doAgain(step));
  }
}

/** A key that is held down asks again while the server still works. */
async function alone<T>(work: () => Promise<T>): Promise<T | undefined> {
  if (isBusy) return undefined;
  isBusy = true;
  try {
    return await work();
  } finally {
    isBusy = false;
  }
}
