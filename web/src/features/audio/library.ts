import { create } from "zustand";
import { type AudioFile, listAudio } from "@/api/audio";

/** The files of the audio library, as they were when somebody looked last. */
export const useAudioLibrary = create<{ files: readonly AudioFile[] }>()(() => ({ files: [] }));

/** Look again. Where the server is away, what was known stands. */
export async function lookAtLibrary(): Promise<void> {
  try {
    useAudioLibrary.setState({ files: await listAudio() });
  } catch {
    // Names can be typed all the same, and the finding tells of one that is not there.
  }
}
