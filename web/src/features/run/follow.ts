import { ApiError } from "@/api/client";
import { loadEvents, loadRun } from "@/api/runs";
import { EventSocket } from "@/api/socket";
import { readDocument } from "@/core/document/read";
import type { FlowDocument } from "@/core/document/types";
import type { RunInfo } from "@/core/run/events";
import type { Frame } from "@/core/run/frames";
import { Intake } from "@/core/run/intake";
import { useWorkspace } from "@/features/workspace/store";
import { LevelWatch } from "./levels";
import { beginView, endView, grown, useRun } from "./store";

/** Told of every change of a scenario by anybody. */
export type ScenarioListener = (notice: Extract<Frame, { type: "scenarios" }>) => void;

/** Told of a run that has begun, ended or been renamed; of one that was deleted, its id. */
export type RunListener = (change: RunInfo | string) => void;

/** So many events are taken in at a time, and as often before one frame as there is time for. */
const SLICE = 500;
const TAKING_MS = 6;
/** The views follow at most so often: nobody reads faster, and every time costs a frame. */
const UPDATE_MS = 80;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;

let intake = new Intake(useRun.getState().recording);
let isTaking = false;
let lastTaken = 0;
/** The intake that is being filled from the record. */
let filling: Intake | null = null;
const scenarioListeners = new Set<ScenarioListener>();
const runListeners = new Set<RunListener>();

const socket = new EventSocket(
  () => {
    const { run, view, recording } = useRun.getState();
    return view === "live" && run !== null ? { runId: run.id, after: recording.lastSeq } : null;
  },
  take,
  (connection) => {
    useRun.setState({ connection });
    if (connection === "open") retryNow();
  },
);
const levels = new LevelWatch((text) => socket.send(text));

/** Follow the server's runs until the page ends. */
export function followRuns(): void {
  socket.open();
  levels.follow();
  useWorkspace.subscribe(({ open }, before) => {
    if (open?.id === before.open?.id) return;
    if (open !== null) scenarioOpened(open.id);
    else if (useRun.getState().view === "live") endView(); // its scenario has been deleted
  });
}

export function onScenarioChange(listener: ScenarioListener): () => void {
  scenarioListeners.add(listener);
  return () => scenarioListeners.delete(listener);
}

export function onRunChange(listener: RunListener): () => void {
  runListeners.add(listener);
  return () => runListeners.delete(listener);
}

/** Show a run, all of it: one of the history, or the one under way. */
export async function openRun(id: string): Promise<void> {
  const { flowData, ...run } = await loadRun(id);
  const document = readDocument(flowData);
  if (run.result === "running") showLive(run, isOpen(run) ? null : document);
  else {
    begin(run, "recorded", document);
    await fill();
  }
}

/** Go back to the scenario that is edited, and to the run that it is in, if it is. */
export function closeRun(): void {
  const { live, view } = useRun.getState();
  if (view === "recorded" && live?.result === "running" && isOpen(live)) showLive(live, null);
  else endView();
}

/** A run of another scenario is no longer to be seen on the canvas; that of the one now open is. */
function scenarioOpened(id: string): void {
  const { run, view, document, live } = useRun.getState();
  if (view === "live" && document === null && run?.scenarioId === id) return;
  if (view === "recorded" && !useWorkspace.getState().hasBegun) return; // chosen while the page began
  if (live?.result === "running" && live.scenarioId === id) showLive(live, null);
  else if (view !== "none") endView();
}

function isOpen(run: RunInfo): boolean {
  return useWorkspace.getState().open?.id === run.scenarioId;
}

function begin(run: RunInfo, view: "live" | "recorded", document: FlowDocument | null): void {
  beginView(run, view, document);
  intake = new Intake(useRun.getState().recording);
}

function showLive(run: RunInfo, document: FlowDocument | null): void {
  begin(run, "live", document);
  void fill();
}

function take(frame: Frame): void {
  switch (frame.type) {
    case "idle":
      // Our run, if we know of one, is over: the server has another one now, or was started anew.
      void learnEnd();
      break;
    case "scenarios":
      for (const listener of scenarioListeners) listener(frame);
      break;
    case "run":
      heardOf(frame.run);
      break;
    case "run-deleted":
      for (const listener of runListeners) listener(frame.runId);
      break;
    case "levels":
      levels.take(frame);
      break;
    case "snapshot":
      heardOf({ ...frame.run, lastSeq: frame.seq });
      break;
    case "events":
      if (useRun.getState().run?.id !== frame.runId) break;
      intake.offer(frame.events);
      takeSoon();
  }
}

/** A run has begun, ended or changed its name. A new one is shown, unless another scenario is open. */
function heardOf(run: RunInfo): void {
  const { live, run: shown } = useRun.getState();
  const isNew = run.result === "running" && live?.id !== run.id;
  if (isNew || live?.id === run.id) useRun.setState({ live: run });
  if (shown?.id === run.id) {
    useRun.setState({ run });
    intake.tell(run.lastSeq);
    takeSoon();
  } else if (isNew && (isOpen(run) || useWorkspace.getState().open === null)) {
    begin(run, "live", null);
    intake.tell(run.lastSeq);
    takeSoon();
  }
  for (const listener of runListeners) listener(run);
}

/** The server has begun a run: know it, should it not have been told of yet. */
export async function learnBegin(runId: string): Promise<void> {
  if (useRun.getState().live?.id === runId) return;
  const run = await loadRun(runId);
  if (useRun.getState().live?.id !== runId) heardOf(run);
}

async function learnEnd(): Promise<void> {
  const { live, view, run } = useRun.getState();
  const known = view === "live" ? run : live;
  if (known === null) return;
  try {
    heardOf(await loadRun(known.id));
  } catch (error) {
    const isGone = error instanceof ApiError && error.status === 404;
    if (isGone && known.result === "running")
      heardOf({ ...known, result: "interrupted", endedAt: useRun.getState().state.lastAt });
  }
}

/** Take in what waits before a frame that the browser draws; what there is no time for waits for the next. */
function takeSoon(): void {
  if (isTaking) return;
  isTaking = true;
  const waitMs = document.hidden ? UPDATE_MS : Math.max(lastTaken + UPDATE_MS - performance.now(), 0);
  if (waitMs > 0) setTimeout(document.hidden ? takeNow : () => requestAnimationFrame(takeNow), waitMs);
  else requestAnimationFrame(takeNow);
}

function takeNow(): void {
  isTaking = false;
  if (filling === intake) return;
  if (intake.isWaiting) {
    lastTaken = performance.now();
    const mine = intake;
    do mine.take(SLICE);
    while (mine.isWaiting && performance.now() - lastTaken < TAKING_MS);
    grown();
  }
  if (intake.isWaiting) takeSoon();
  else if (intake.isBehind) void fill();
}

/** Fetch what is missing of the run shown, page by page, from the record. */
async function fill(): Promise<void> {
  const mine = intake;
  const { run } = useRun.getState();
  if (filling === mine || run === null) return;
  filling = mine;
  let retryMs = FIRST_RETRY_MS;
  for (let isBehind = true; isBehind && intake === mine;) {
    try {
      const { events, lastSeq } = await loadEvents(run.id, mine.recording.lastSeq);
      if (intake !== mine) return;
      mine.fill(events, lastSeq);
      grown();
      isBehind = mine.isBehind;
      // An empty page while more is known: the record is not written yet.
      if (!isBehind || events.length > 0) continue;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) break;
    }
    await sleep(retryMs);
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  }
  if (filling === mine) filling = null;
  takeSoon();
}

let wake: (() => void) | null = null;

/** Wait before the next attempt, or until the server is there again. */
function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

function retryNow(): void {
  wake?.();
  wake = null;
}
