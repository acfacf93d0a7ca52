import { create } from "zustand";
import { listRecordings, type RecordingFile } from "@/api/recordings";
import { useMedia } from "./media";
import { useRun } from "./store";

/** What the run shown has recorded so far, and of which run that is. */
export const useRecordings = create<{ runId: string | null; files: readonly RecordingFile[] }>()(() => ({
  runId: null,
  files: [],
}));

/** Recordings begin and end in clusters: one look is enough for each. */
const PAUSE_MS = 300;

/** Look again whenever the run tells of a recording, and at its end, until the returned function is called. */
export function followRecordings(): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let seen = "";
  const look = async (runId: string): Promise<void> => {
    timer = null;
    try {
      const files = await listRecordings(runId);
      if (useRun.getState().run?.id === runId) useRecordings.setState({ runId, files });
    } catch {
      // Where the server is away, what was known stands; the page of a single run has none.
    }
  };
  const notice = (): void => {
    const { run, isAlone } = useRun.getState();
    const { events } = useMedia.getState();
    const told = events.reduce((count, { media }) => count + Number(media === "recording"), 0);
    const now = `${run?.id} ${run?.result} ${told}`;
    if (now === seen) return;
    seen = now;
    if (run?.id !== useRecordings.getState().runId) useRecordings.setState({ runId: null, files: [] });
    if (run === null || isAlone || told === 0) return;
    timer ??= setTimeout(() => void look(run.id), PAUSE_MS);
  };
  notice();
  const ends = [useRun.subscribe(notice), useMedia.subscribe(notice)];
  return () => {
    for (const end of ends) end();
    if (timer !== null) clearTimeout(timer);
  };
}
