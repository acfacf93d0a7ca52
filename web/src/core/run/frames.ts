import type { RunEvent, RunInfo } from "./events";
import type { StreamLevel } from "./levels";

/** What the server sends over the socket, one JSON object a frame. */
export type Frame =
  | { type: "idle" }
  | { type: "snapshot"; run: RunInfo; seq: number }
  | { type: "events"; runId: string; events: RunEvent[] }
  | { type: "levels"; runId: string; streams: StreamLevel[] }
  | { type: "run"; run: RunInfo }
  | { type: "run-deleted"; runId: string }
  | {
      type: "scenarios";
      scenarioId: string;
      version: number | null;
      hasDraft: boolean;
      draftClient: string | null;
    };
