import { request } from "./client";
import type { components } from "./schema";

/** Calls about what a run has recorded. */

export type RecordingFile = components["schemas"]["RecordingOut"];
export type Waveform = components["schemas"]["WaveformOut"];

const of = (run: string) => `/api/runs/${encodeURIComponent(run)}/recordings`;

export const recordingUrl = (run: string, id: string) => `${of(run)}/${encodeURIComponent(id)}`;
export const listRecordings = (run: string) => request<RecordingFile[]>("GET", of(run));
export const loadWaveform = (run: string, id: string, points: number) =>
  request<Waveform>("GET", `${recordingUrl(run, id)}/waveform?points=${points}`);
