import { request } from "./client";
import type { components } from "./schema";

/** Calls about the audio library. */

export type AudioFile = components["schemas"]["AudioOut"];

export const listAudio = () => request<AudioFile[]>("GET", "/api/audio");
