import { create } from "zustand";
import type { MediaEvent } from "@/core/run/media";
import { useRun } from "./store";

/** The media events of the run shown. */
export const useMedia = create<{ events: readonly MediaEvent[] }>()(() => ({ events: [] }));

/** Keep them as the run grows, until the returned function is called. */
export function followMedia(): () => void {
  let shown = useRun.getState().recording;
  let next = 0;
  const grow = (): void => {
    const { recording } = useRun.getState();
    if (recording !== shown) {
      shown = recording;
      next = 0;
      useMedia.setState({ events: [] });
    }
    const found: MediaEvent[] = [];
    for (; next < recording.events.length; next++) {
      const event = recording.events[next];
      if (event?.event === "scenario:media") found.push(event);
    }
    if (found.length > 0) useMedia.setState(({ events }) => ({ events: [...events, ...found] }));
  };
  useMedia.setState({ events: [] });
  grow();
  return useRun.subscribe(grow);
}
