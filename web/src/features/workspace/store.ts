import { create } from "zustand";
import type { Draft, Project, ScenarioSummary } from "@/api/workspace";
import type { FlowDocument } from "@/core/document/types";

/** The scenario on the canvas. */
export interface OpenScenario {
  id: string;
  projectId: string;
  name: string;
  /** The saved version that the canvas began from. */
  baseVersion: number;
}

/** How safe the edits are: saved as a version, kept as a draft by the server, or by this browser alone. */
export type Safety = "saved" | "draft" | "sending" | "offline";

/** Somebody else has changed what is open here; both states are there until a person has chosen. */
export type Conflict =
  | { kind: "draft"; theirs: Draft }
  | { kind: "version"; version: number; updatedAt: number }
  | { kind: "deleted" };

/** Unsaved edits that were put back on the canvas when the scenario was opened. */
export interface Restored {
  updatedAt: number;
  /** The saved version as it is, for a look or for going back. */
  saved: FlowDocument;
}

export interface Workspace {
  projects: readonly Project[];
  /** Scenarios by project id. */
  scenarios: Readonly<Record<string, readonly ScenarioSummary[]>>;
  isLoaded: boolean;
  open: OpenScenario | null;
  safety: Safety;
  conflict: Conflict | null;
  restored: Restored | null;
  /** Whether what stands on the canvas first has been put there; until then a person may have chosen a run. */
  hasBegun: boolean;
  isTemplatesShown: boolean;
  versionsOf: string | null;
}

export const useWorkspace = create<Workspace>()(() => ({
  projects: [],
  scenarios: {},
  isLoaded: false,
  open: null,
  safety: "saved",
  conflict: null,
  restored: null,
  hasBegun: false,
  isTemplatesShown: false,
  versionsOf: null,
}));
