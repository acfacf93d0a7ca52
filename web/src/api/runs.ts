import type { FlowDocument } from "@/core/document/types";
import type { RunEvent, RunInfo } from "@/core/run/events";
import type { Hint } from "@/core/run/failure";
import { request } from "./client";

/** Calls about recorded runs. */

const run = (id: string) => `/api/runs/${encodeURIComponent(id)}`;

export const listRuns = () => request<RunInfo[]>("GET", "/api/runs");
export const loadRun = (id: string) => request<RunInfo & { flowData: FlowDocument }>("GET", run(id));
export const renameRun = (id: string, name: string | null) =>
  request<RunInfo>("PATCH", run(id), { body: { name } });
export const deleteRun = (id: string) => request<undefined>("DELETE", run(id));
export const captureUrl = (id: string) => `${run(id)}/capture.pcapng`;
export const reportUrl = (id: string) => `${run(id)}/report.html`;

export const listHints = (language: string) => request<Hint[]>("GET", `/api/failure-hints?lang=${language}`);

/** Small enough for one page to be read without a pause in what the browser draws. */
const PAGE = 2_000;

/** A page of a run's events, and how many there are so far. */
export const loadEvents = (id: string, after: number) =>
  request<{ events: RunEvent[]; lastSeq: number }>("GET", `${run(id)}/events?after=${after}&limit=${PAGE}`);
