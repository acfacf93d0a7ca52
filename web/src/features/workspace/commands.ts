import { ApiError } from "@/api/client";
import * as api from "@/api/workspace";
import type { FlowDocument } from "@/core/document/types";
import { isEqual } from "@/core/versions/diff";
import { type Steps, stepsNow, useEditor } from "@/features/editor/store";
import { conflictOf, journal } from "./journal";
import { outbox } from "./outbox";
import { type OpenScenario, useWorkspace } from "./store";

/** What people do with projects and scenarios. Every one of these raises ApiError where the server refuses. */

const EMPTY: FlowDocument = { nodes: [], edges: [] };
const { getState: get, setState: set } = useWorkspace;

/** Load the tree of projects and scenarios. */
export async function refreshTree(): Promise<void> {
  const projects = await api.listProjects();
  const lists = await Promise.all(projects.map(async ({ id }) => [id, await api.listScenarios(id)] as const));
  set({ projects, scenarios: Object.fromEntries(lists), isLoaded: true });
}

/** What stands on the canvas first: the scenario in the address, else none; without any scenario, the templates. */
export async function begin(): Promise<void> {
  await refreshTree();
  const wanted = scenarioInAddress();
  const all = Object.values(get().scenarios).flat();
  const latest = all.reduce<(typeof all)[number] | undefined>(
    (best, own) => (best === undefined || own.updatedAt > best.updatedAt ? own : best),
    undefined,
  );
  const found = all.find(({ id }) => id === wanted) ?? latest;
  if (found === undefined) set({ isTemplatesShown: true });
  else await openScenario(found.id);
  set({ hasBegun: true });
}

let openings = 0;

/** Put a scenario on the canvas, with the edits that nobody has saved yet. Of several at once the last one stays. */
export async function openScenario(id: string): Promise<void> {
  const opening = ++openings;
  await leave();
  const [scenario, unsent] = await Promise.all([api.loadScenario(id), outbox.find(id)]);
  if (opening !== openings) return;
  const { draft, flowData: saved, version } = scenario;
  const edits = unsent ?? draft;
  const hasEdits = edits !== null && !isEqual(edits.flowData, saved);
  journal.pause();
  remember();
  useEditor.getState().load(hasEdits ? edits.flowData : saved, scenario.name, left.get(id));
  const shown = useEditor.getState().document;
  journal.follow(id, version, hasEdits ? saved : shown, draft?.revision ?? null);
  show({ id, projectId: scenario.projectId, name: scenario.name, baseVersion: version });
  set({ restored: hasEdits ? { updatedAt: edits.updatedAt, saved } : null, conflict: null });
  if (!hasEdits) return;
  if (edits.baseVersion !== version) {
    set({ conflict: { kind: "version", version, updatedAt: scenario.updatedAt } });
  } else if (unsent !== undefined) {
    const isAnothers = draft !== null && draft.revision !== unsent.revision && draft.client !== unsent.client;
    if (isAnothers && !isEqual(draft.flowData, unsent.flowData))
      set({ conflict: { kind: "draft", theirs: draft } });
    else {
      journal.rebase(draft?.revision ?? null);
      await leave();
    }
  }
}

/** The browser has gone back or forward, or somebody has typed another address: open what that names. */
export async function followAddress(): Promise<void> {
  const { open } = get();
  const wanted = scenarioInAddress();
  if (wanted === null || wanted === open?.id) return;
  try {
    await openScenario(wanted);
  } catch (error) {
    if (open !== null) history.replaceState(null, "", addressOf(open.id));
    throw error;
  }
}

/** Make a scenario of this document and open it. */
export async function createScenario(
  projectId: string,
  name: string,
  document: FlowDocument = EMPTY,
): Promise<void> {
  await leave();
  const scenario = await api.createScenario(projectId, freeName(projectId, name), document);
  await refreshTree();
  await openScenario(scenario.id);
}

export async function duplicateScenario(id: string): Promise<void> {
  if (get().open?.id === id) await journal.flush();
  const copy = await api.duplicateScenario(id);
  await refreshTree();
  await openScenario(copy.id);
}

export async function deleteScenario(id: string): Promise<void> {
  if (get().open?.id === id) close();
  await api.deleteScenario(id);
  await refreshTree();
}

export async function deleteProject(id: string): Promise<void> {
  if (get().open?.projectId === id) close();
  await api.deleteProject(id);
  await refreshTree();
}

export async function renameScenario(id: string, name: string): Promise<void> {
  await api.changeScenario(id, { name });
  const { open } = get();
  if (open?.id === id) {
    set({ open: { ...open, name } });
    useEditor.getState().rename(name);
  }
  await refreshTree();
}

/** Carry to the server what undo and redo do to the name; the returned function ends it. */
export function followNames(): () => void {
  return useEditor.subscribe(({ name, document }, before) => {
    const { open } = get();
    // Another document brings its name along: that is no rename.
    if (document !== before.document || name === before.name || open === null || name === open.name) return;
    set({ open: { ...open, name } });
    void api
      .changeScenario(open.id, { name })
      .catch(() => set(({ open: now }) => (now?.id === open.id ? { open: { ...now, name: open.name } } : {})))
      .then(refreshTree)
      .catch(() => undefined);
  });
}

export async function moveScenario(id: string, projectId: string): Promise<void> {
  await api.changeScenario(id, { projectId });
  const { open } = get();
  if (open?.id === id) set({ open: { ...open, projectId } });
  await refreshTree();
}

/** Save what is on the canvas as a version. A newer one by somebody else becomes a conflict, never a loss. */
export async function save(): Promise<void> {
  const { open, safety } = get();
  if (open === null) return;
  const document = useEditor.getState().document;
  set({ safety: "sending" });
  try {
    await journal.flush();
    saved(await api.saveScenario(open.id, document, open.baseVersion), document);
  } catch (error) {
    const conflict = conflictOf(error);
    if (conflict !== null) set({ conflict });
    if (get().safety === "sending") set({ safety: safety === "sending" ? "draft" : safety });
    throw error;
  }
}

/** Throw the unsaved edits away: the canvas shows the saved version. Undo brings them back. */
export async function discardEdits(): Promise<void> {
  const { open } = get();
  if (open === null) return;
  const scenario = await api.loadScenario(open.id);
  if (scenario.draft !== null) await api.deleteDraft(open.id, scenario.draft.revision);
  await outbox.settle(open.id, Date.now());
  journal.pause();
  useEditor.getState().setDocument(scenario.flowData);
  journal.follow(open.id, scenario.version, useEditor.getState().document, null);
  set({ open: { ...open, baseVersion: scenario.version }, restored: null, conflict: null });
}

/** In a conflict: go on with what is on this canvas; the next save or draft replaces theirs. */
export async function keepMine(): Promise<void> {
  const { open } = get();
  if (open === null) return;
  const scenario = await api.loadScenario(open.id);
  const revision = scenario.draft?.revision ?? null;
  set({ open: { ...open, baseVersion: scenario.version }, conflict: null });
  journal.follow(open.id, scenario.version, scenario.flowData, revision);
  journal.rebase(revision);
  await journal.flush();
}

/** In a conflict: show what they have; undo brings back what was here. */
export async function takeTheirs(): Promise<void> {
  const { open } = get();
  if (open === null) return;
  const scenario = await api.loadScenario(open.id);
  const theirs = scenario.draft?.flowData ?? scenario.flowData;
  journal.pause();
  useEditor.getState().setDocument(theirs);
  const shown = useEditor.getState().document;
  const isDraft = scenario.draft !== null;
  journal.follow(
    open.id,
    scenario.version,
    isDraft ? scenario.flowData : shown,
    scenario.draft?.revision ?? null,
  );
  await outbox.settle(open.id, Date.now());
  set({ open: { ...open, baseVersion: scenario.version }, conflict: null, restored: null });
}

/** In a conflict, or when the scenario is gone: what is on this canvas becomes a scenario of its own. */
export async function saveAsCopy(): Promise<void> {
  const { open, projects } = get();
  if (open === null) return;
  const document = useEditor.getState().document;
  const project = projects.find(({ id }) => id === open.projectId) ?? projects[0];
  if (project === undefined) return;
  await outbox.settle(open.id, Date.now());
  close();
  await createScenario(project.id, open.name, document);
}

/** Make an earlier version the one on the canvas; one step of undo, and unsaved until it is saved. */
export async function restoreVersion(version: number): Promise<void> {
  const { open } = get();
  if (open === null) return;
  const { flowData } = await api.loadVersion(open.id, version);
  useEditor.getState().setDocument(flowData);
}

/** Another tab or person has saved, drafted or deleted a scenario. */
export async function heard(notice: {
  scenarioId: string;
  version: number | null;
  draftClient: string | null;
  isOwn: boolean;
}): Promise<void> {
  await refreshTree();
  const { open, conflict } = get();
  if (notice.isOwn || open?.id !== notice.scenarioId || conflict !== null) return;
  if (notice.version === null) set({ conflict: { kind: "deleted" } });
  else if (notice.draftClient !== null || notice.version !== open.baseVersion) {
    const scenario = await api.loadScenario(open.id);
    const theirs = scenario.draft?.flowData ?? scenario.flowData;
    if (isEqual(theirs, useEditor.getState().document)) {
      journal.follow(open.id, scenario.version, scenario.flowData, scenario.draft?.revision ?? null);
      set({ open: { ...open, baseVersion: scenario.version } });
    } else if (scenario.draft === null) {
      set({ conflict: { kind: "version", version: scenario.version, updatedAt: scenario.updatedAt } });
    } else if (scenario.draft.revision !== journal.draftRevision) {
      set({ conflict: { kind: "draft", theirs: scenario.draft } });
    }
  }
}

/** What could be undone of the scenarios that were open last, the latest one last. */
const left = new Map<string, Steps>();
const MAX_LEFT = 20;

/** Keep what can be undone of the scenario that is on the canvas, for when it is opened again. */
function remember(): void {
  const { open } = get();
  if (open === null) return;
  left.delete(open.id);
  left.set(open.id, stepsNow());
  for (const id of left.keys()) if (left.size > MAX_LEFT) left.delete(id);
}

/** What could be undone of a scenario, and done again, can be of the one that comes in its place. */
export function passOn(fromId: string, toId: string): void {
  const steps = left.get(fromId);
  if (steps !== undefined) left.set(toId, steps);
}

/** A name that no scenario of the project has yet. */
export function freeName(projectId: string, wished: string): string {
  const taken = new Set(get().scenarios[projectId]?.map(({ name }) => name));
  let name = wished;
  for (let count = 2; taken.has(name); count++) name = `${wished} ${count}`;
  return name;
}

/** Send what is unsent before something else is put on the canvas. What can't be sent stays in the browser. */
export async function leave(): Promise<void> {
  await journal.flush().catch((error: unknown) => {
    if (!(error instanceof ApiError)) throw error;
  });
}

function saved(scenario: api.Scenario, document: FlowDocument): void {
  const { open } = get();
  if (open?.id !== scenario.id) return;
  const isSettled = useEditor.getState().document === document;
  journal.follow(scenario.id, scenario.version, document, null);
  set({ open: { ...open, baseVersion: scenario.version }, safety: "saved", restored: null, conflict: null });
  void outbox.settle(scenario.id, Date.now());
  if (!isSettled) journal.rebase(null); // edited while it was being saved
  void refreshTree();
}

/** Scenarios that were opened one after the other are what the browser's Back and Forward lead to. */
function show(open: OpenScenario): void {
  const isFirst = get().open === null;
  set({ open, isTemplatesShown: false });
  const address = addressOf(open.id);
  if (isFirst) history.replaceState(null, "", address);
  else if (location.hash !== address) history.pushState(null, "", address);
}

const addressOf = (id: string) => `#scenario=${encodeURIComponent(id)}`;

function close(): void {
  remember();
  journal.pause();
  useEditor.getState().load(EMPTY);
  set({ open: null, conflict: null, restored: null, safety: "saved" });
  history.replaceState(null, "", location.pathname);
}

function scenarioInAddress(): string | null {
  return new URLSearchParams(location.hash.slice(1)).get("scenario");
}
