import { create } from "zustand";
import { persist } from "zustand/middleware";
import { type Filter, NOTHING_HIDDEN } from "@/core/ladder/rows";
import { TIME_MODES, type TimeMode } from "@/core/ladder/time";
import { useRun } from "@/features/run/store";

export type MessageTab = "raw" | "headers" | "sdp" | "difference";

/** How a person looks at ladders. The browser keeps the manner, not what is left out of one run. */
export interface LadderView {
  timeMode: TimeMode;
  /** Whether all strangers of one host share a lane. */
  isMerged: boolean;
  isDense: boolean;
  filter: Filter;
  /** The arrow whose message is open, and the one it is compared with where one was chosen. */
  opened: number | null;
  comparedWith: number | null;
  /** Which view of a message is open; the next message opens in the same. */
  tab: MessageTab;
  set: (change: Partial<Omit<LadderView, "set">>) => void;
  setFilter: (change: Partial<Filter>) => void;
  nextTimeMode: () => void;
}

const FORGOTTEN = { filter: NOTHING_HIDDEN, opened: null, comparedWith: null };

export const useLadderView = create<LadderView>()(
  persist(
    (set) => ({
      timeMode: "relative",
      isMerged: false,
      isDense: false,
      tab: "raw",
      ...FORGOTTEN,
      set,
      setFilter: (change) => set(({ filter }) => ({ filter: { ...filter, ...change } })),
      nextTimeMode: () =>
        set(({ timeMode }) => ({
          timeMode: TIME_MODES[(TIME_MODES.indexOf(timeMode) + 1) % TIME_MODES.length] ?? "relative",
        })),
    }),
    {
      name: "sipflow.ladder",
      version: 1,
      partialize: ({ timeMode, isMerged, isDense, tab }) => ({ timeMode, isMerged, isDense, tab }),
    },
  ),
);

// Another run has other calls and arrows.
useRun.subscribe(({ recording }, before) => {
  if (recording !== before.recording) useLadderView.setState(FORGOTTEN);
});
