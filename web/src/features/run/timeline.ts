import { create } from "zustand";
import { type Mark, seqAt, Timeline } from "@/core/run/timeline";
import { shownSeq, useRun } from "./store";

/** The run's time as a line, and where on it the monitor stands. */
export interface TimelineView {
  /** When the first and the last event came so far; milliseconds since the epoch. */
  from: number;
  until: number;
  /** How many messages fall into each of equal parts of it. */
  density: readonly number[];
  failures: readonly Mark[];
  /** The moment reached by playing; null while nothing plays. */
  playingAt: number | null;
  /** How much faster than it was the run is played. */
  speed: number;
}

const PARTS = 300;
/** Marks are counted anew no more often than this. */
const PAUSE_MS = 200;

export const SPEEDS: readonly number[] = [0.25, 0.5, 1, 2, 5, 10];

export const useTimeline = create<TimelineView>()(() => ({
  from: 0,
  until: 0,
  density: [],
  failures: [],
  playingAt: null,
  speed: 1,
}));

let { recording } = useRun.getState();
let timeline = new Timeline();
let timer: ReturnType<typeof setTimeout> | undefined;

/** Keep the marks as the run shown is, until the returned function is called. */
export function followTimeline(): () => void {
  const unsubscribe = useRun.subscribe((now, before) => {
    const isFirst = useTimeline.getState().from === 0 && now.recording.lastSeq > 0;
    if (now.recording !== recording || isFirst) count();
    else if (now.revision !== before.revision) timer ??= setTimeout(count, PAUSE_MS);
  });
  count();
  return () => {
    unsubscribe();
    clearTimeout(timer);
    timer = undefined;
    pause();
  };
}

function count(): void {
  clearTimeout(timer);
  timer = undefined;
  const now = useRun.getState().recording;
  if (now !== recording) {
    recording = now;
    timeline = new Timeline();
    pause();
  }
  timeline.grow(recording.events);
  const from = recording.at(1)?.timestamp ?? 0;
  const until = recording.state.lastAt ?? from;
  useTimeline.setState({
    from,
    until,
    density: timeline.density(from, until, PARTS),
    failures: [...timeline.failures],
  });
}

/** Show the run as it stood at a moment. */
export function goTo(at: number): void {
  pause();
  const { events } = useRun.getState().recording;
  useRun.getState().setCursor(Math.max(seqAt(events, at), 1));
}

/** Show the run as it stood so many events later, or earlier. */
export function step(by: number): void {
  pause();
  const run = useRun.getState();
  run.setCursor(Math.max(shownSeq(run) + by, 1));
}

/** Show the run as it stood when the event `seq` had come. */
export function goToEvent(seq: number): void {
  pause();
  useRun.getState().setCursor(seq);
}

/** Show the last event there is, and those that follow it as they come. */
export function goToEnd(): void {
  pause();
  useRun.getState().setCursor(null);
}

let ticking = 0;

export function pause(): void {
  cancelAnimationFrame(ticking);
  if (useTimeline.getState().playingAt !== null) useTimeline.setState({ playingAt: null });
}

/** Let the run go by as it did, from where the monitor stands; from its beginning where that is the end. */
export function play(): void {
  const run = useRun.getState();
  const { recording: played } = run;
  if (played.lastSeq === 0) return;
  if (run.cursor === null) run.setCursor(1);
  let before: number | null = null;
  useTimeline.setState({ playingAt: played.at(useRun.getState().cursor ?? 1)?.timestamp ?? 0 });
  const tick = (now: number): void => {
    const { playingAt, speed } = useTimeline.getState();
    if (playingAt === null || useRun.getState().recording !== played) return;
    const at = playingAt + (before === null ? 0 : (now - before) * speed);
    before = now;
    const seq = seqAt(played.events, at);
    if (seq !== useRun.getState().cursor) useRun.getState().setCursor(seq);
    if (useRun.getState().cursor === null) pause();
    else {
      useTimeline.setState({ playingAt: at });
      ticking = requestAnimationFrame(tick);
    }
  };
  ticking = requestAnimationFrame(tick);
}
