import type { NodeTypeInfo } from "@/core/catalogue";
import type { FlowDocument } from "@/core/document/types";
import type { Texts } from "@/core/run/sayings";
import { request } from "./client";
import type { components } from "./schema";

/** Calls about what nodes there are, and what is wrong with a document. */

export type Finding = components["schemas"]["FindingOut"];
/** What a setting holds; the forms have a widget for each. */
export type FieldKind = components["schemas"]["FieldSchemaOut"]["x-kind"];

export const listNodeTypes = (language: string) =>
  request<NodeTypeInfo[]>("GET", `/api/node-types?lang=${language}`);

/** What runs tell, by code. */
export const listTexts = (language: string) => request<Texts>("GET", `/api/texts?lang=${language}`);

export const validate = (
  flowData: FlowDocument,
  variables: Record<string, string>,
  language: string,
  signal: AbortSignal,
) =>
  request<{ findings: Finding[] }>("POST", `/api/validate?lang=${language}`, {
    body: { flowData, variables },
    signal,
  });
