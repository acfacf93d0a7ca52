import { create } from "zustand";
import { EVERYTHING, type LogFilter, LogLines, type Words } from "@/core/run/log";
import { asItCame } from "@/core/run/sayings";
import { useRun } from "./store";

/** The lines of the log that the filter lets through. */
export interface LogView {
  filter: LogFilter;
  lines: LogLines;
  /** Grows with every change of `lines`, which change in place. */
  revision: number;
  setFilter: (change: Partial<LogFilter>) => void;
  /** Tell the words in which lines are written and searched. */
  setWords: (words: Words) => void;
}

const SILENT: Words = {
  tell: asItCame,
  node: (id) => id,
  state: { pending: "", running: "", completed: "", failed: "", stopped: "" },
  level: { debug: "", info: "", warning: "", error: "" },
  started: "",
  completed: "",
  failed: "",
  stopped: "",
};

/** So many events are looked through before each frame. */
const SLICE = 4_000;

let words = SILENT;
let frame = 0;
/** The recording whose lines these are. */
let shown = useRun.getState().recording;

export const useLog = create<LogView>()((set, get) => ({
  filter: EVERYTHING,
  lines: new LogLines(EVERYTHING, SILENT, new Set()),
  revision: 0,
  setFilter: (change) => {
    const filter = { ...get().filter, ...change };
    set({ filter, lines: new LogLines(filter, words, get().lines.calls) });
    grow();
  },
  setWords: (next) => {
    words = next;
    get().setFilter({});
  },
}));

/** Keep the lines as the run shown is, until the returned function is called. */
export function followLog(): () => void {
  const unsubscribe = useRun.subscribe(grow);
  grow();
  return () => {
    unsubscribe();
    cancelAnimationFrame(frame);
    frame = 0;
  };
}

function grow(): void {
  const { recording } = useRun.getState();
  if (recording !== shown) {
    shown = recording;
    // Another run has other calls, and maybe other instances.
    const filter = { ...useLog.getState().filter, instanceId: null, callId: null };
    useLog.setState({ filter, lines: new LogLines(filter, words, new Set()) });
  }
  if (frame !== 0) return;
  const { lines, revision } = useLog.getState();
  const isDone = lines.grow(recording.events, SLICE);
  useLog.setState({ revision: revision + 1 });
  if (isDone) return;
  frame = requestAnimationFrame(() => {
    frame = 0;
    grow();
  });
}
