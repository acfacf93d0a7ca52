import { create } from "zustand";
import { listRecordings, type RecordingFile } from "@/api/recordings";
import { useMedia } from "./media";
import { useRun } from "./store";

interface RunRecordings {
  /** The run that has recorded them; null while none is known. */
  runId: string | null;
  files: readonly RecordingFile[];
  /** Whether they were listed after the run had ended: nothing is added to them any more. */
  isFinal: boolean;
}

const NOTHING: RunRecordings = { runId: null, files: [], isFinal: false };

/** What the run shown has recorded, when that was last looked at. */
export const useRecordings = create<RunRecordings>()(() => NOTHING);

/** Recordings begin and end in clusters: so much lies between two looks. */
const PAUSE_MS = 300;

/**
 * Look again whenever the run tells of a recording, and at its end, until the returned function is called.
 * One look follows another, or an answer that came late would put an older list in the place of a newer one.
 */
export function followRecordings(): () => void {
  let isFollowed = true;
  let isLooking = false;
  let told = "";
  let known = "";
  const look = async (): Promise<void> => {
    const { run } = useRun.getState();
    if (run === null) return;
    try {
      const files = await listRecordings(run.id);
      if (useRun.getState().run?.id === run.id)
        useRecordings.setState({ runId: run.id, files, isFinal: run.result !== "running" });
    } catch {
      // Where the server is away, what was known stands.
    }
  };
  const catchUp = async (): Promise<void> => {
    isLooking = true;
    while (isFollowed && known !== told) {
      known = told;
      await look();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    isLooking = false;
  };
  const notice = (): void => {
    const { run } = useRun.getState();
    const count = useMedia.getState().events.filter(({ media }) => media === "recording").length;
    const { runId } = useRecordings.getState();
    if (runId !== null && runId !== run?.id) useRecordings.setState(NOTHING);
    if (run === null || count === 0) return;
    told = `${run.id} ${run.result} ${count}`;
    if (!isLooking) void catchUp();
  };
  notice();
  const ends = [useRun.subscribe(notice), useMedia.subscribe(notice)];
  return () => {
    isFollowed = false;
    for (const end of ends) end();
  };
}
