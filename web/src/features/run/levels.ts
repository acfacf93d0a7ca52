import { create } from "zustand";
import type { Frame } from "@/core/run/frames";
import { meterKey, metersOf, type Shown } from "@/core/run/levels";
import { isRunning, useRun } from "./store";

const useLevels = create<{ meters: ReadonlyMap<string, Shown> }>()(() => ({ meters: new Map() }));

/** What a meter shows now: of a call, or of all calls of an instance. Null where there is nothing to be seen. */
export function useMeter(instanceId: string, callId?: string | null): { heard: number; sent: number } | null {
  const key = meterKey(instanceId, callId);
  // Numbers: a meter is drawn anew only where it shows something else.
  const heard = useLevels(({ meters }) => meters.get(key)?.heard ?? NOTHING);
  const sent = useLevels(({ meters }) => meters.get(key)?.sent ?? NOTHING);
  const isThere = useLevels(({ meters }) => meters.has(key));
  return isThere ? { heard, sent } : null;
}

/** All meters there are now, by `meterKey`. */
export const useMeters = (): ReadonlyMap<string, Shown> => useLevels(({ meters }) => meters);

/** No packet comes or goes. */
export const NOTHING = -1;

/** Ask the server for levels while a run under way is watched as it goes, and only then. */
export class LevelWatch {
  private isWanted = false;

  constructor(private readonly send: (text: string) => void) {}

  follow(): void {
    useRun.subscribe(() => this.look());
    document.addEventListener("visibilitychange", () => this.look());
  }

  take({ runId, streams }: Extract<Frame, { type: "levels" }>): void {
    if (!this.isWanted || useRun.getState().run?.id !== runId) return;
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    useLevels.setState({ meters: metersOf(streams, isStill) });
  }

  private look(): void {
    const run = useRun.getState();
    const isShown = run.view === "live" && run.cursor === null && run.run?.id === run.live?.id;
    const isWanted = isShown && isRunning(run) && !document.hidden && run.connection === "open";
    if (isWanted === this.isWanted) return;
    this.isWanted = isWanted;
    this.send(JSON.stringify({ watchLevels: isWanted }));
    if (!isWanted) useLevels.setState({ meters: new Map() });
  }
}
