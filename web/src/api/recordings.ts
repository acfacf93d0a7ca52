import { fileAt, request } from "./client";
import type { components } from "./schema";

/** Calls about what a run has recorded. */

export type RecordingFile = components["schemas"]["RecordingOut"];
export type Waveform = components["schemas"]["WaveformOut"];

const of = (run: string) => `/api/runs/${encodeURIComponent(run)}/recordings`;

const pathOf = (run: string, id: string) => `${of(run)}/${encodeURIComponent(id)}`;

/** Where a recording is played and saved from; null where the page of a single run has no room for it. */
export const recordingUrl = (run: string, id: string) => fileAt(pathOf(run, id));
export const listRecordings = (run: string) => request<RecordingFile[]>("GET", of(run));
export const loadWaveform = (run: string, id: string, points: number) =>
  request<Waveform>("GET", `${pathOf(run, id)}/waveform?points=${points}`);
