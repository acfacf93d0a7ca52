import type { FlowDocument } from "@/core/document/types";
import { request } from "./client";

/** Calls about projects, scenarios, their drafts and versions. */

export interface Project {
  id: string;
  name: string;
}
export interface ScenarioSummary {
  id: string;
  projectId: string;
  name: string;
  version: number;
  /** Milliseconds since the epoch. */
  updatedAt: number;
  hasDraft: boolean;
}
export interface Draft {
  revision: number;
  baseVersion: number;
  updatedAt: number;
  /** The tab that wrote it. */
  client: string;
  flowData: FlowDocument;
}
export interface Scenario extends Omit<ScenarioSummary, "hasDraft"> {
  flowData: FlowDocument;
  draft: Draft | null;
}
export interface VersionSummary {
  version: number;
  savedAt: number;
}
export interface Version extends VersionSummary {
  flowData: FlowDocument;
}
export interface Template {
  id: string;
  title: string;
  summary: string;
  flowData: FlowDocument;
}

const scenario = (id: string) => `/api/scenarios/${encodeURIComponent(id)}`;
const project = (id: string) => `/api/projects/${encodeURIComponent(id)}`;

export const listProjects = () => request<Project[]>("GET", "/api/projects");
export const createProject = (name: string) => request<Project>("POST", "/api/projects", { body: { name } });
export const renameProject = (id: string, name: string) =>
  request<Project>("PATCH", project(id), { body: { name } });
export const deleteProject = (id: string) => request<undefined>("DELETE", project(id));
export const listScenarios = (projectId: string) =>
  request<ScenarioSummary[]>("GET", `${project(projectId)}/scenarios`);
export const createScenario = (projectId: string, name: string, flowData?: FlowDocument) =>
  request<Scenario>("POST", `${project(projectId)}/scenarios`, { body: { name, flowData } });
export const importScenario = (
  projectId: string,
  body: { fileName: string; text: string },
  language: string,
  signal: AbortSignal,
) => request<Scenario>("POST", `${project(projectId)}/import?lang=${language}`, { body, signal });
export const loadScenario = (id: string) => request<Scenario>("GET", scenario(id));
export const saveScenario = (id: string, flowData: FlowDocument, version: number) =>
  request<Scenario>("PUT", scenario(id), { body: { flowData, version } });
export const changeScenario = (id: string, change: { name?: string; projectId?: string }) =>
  request<ScenarioSummary>("PATCH", scenario(id), { body: change });
export const duplicateScenario = (id: string) => request<Scenario>("POST", `${scenario(id)}/duplicate`);
export const deleteScenario = (id: string) => request<undefined>("DELETE", scenario(id));
export const listVersions = (id: string) => request<VersionSummary[]>("GET", `${scenario(id)}/versions`);
export const loadVersion = (id: string, version: number) =>
  request<Version>("GET", `${scenario(id)}/versions/${version}`);
export const exportUrl = (id: string) => `${scenario(id)}/export`;
export const saveDraft = (
  id: string,
  draft: { flowData: FlowDocument; baseVersion: number; revision: number | null; client: string },
  outlivesPage = false,
) => request<{ revision: number }>("PUT", `${scenario(id)}/draft`, { body: draft, outlivesPage });
export const deleteDraft = (id: string, revision: number) =>
  request<undefined>("DELETE", `${scenario(id)}/draft?revision=${revision}`);
export const listTemplates = (language: string) =>
  request<Template[]>("GET", `/api/templates?lang=${language}`);

export const startRun = (scenarioId: string, variables: Record<string, string>, language: string) =>
  request<{ runId: string }>("POST", `/api/runs?lang=${language}`, { body: { scenarioId, variables } });
export const stopRun = () => request<undefined>("POST", "/api/runs/current/stop");
