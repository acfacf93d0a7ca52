import type { Branch } from "./document/types";

/** What the editor knows of node types: everything comes from the server, nothing is named here. */
export interface NodeTypeInfo {
  kind: "sipInstance" | "command" | "event";
  name: string;
  title: string;
  /** Name of a Lucide icon, in kebab case. */
  icon: string;
  group: string;
  groupTitle: string;
  doc: string;
  opens: CallSide | null;
  needs: CallSide | null;
  /** How it steers its chain, if it does. */
  steers: "loop" | "either" | "both" | null;
  /** What a node shows on its face: text with `{field}` in it; null shows nothing. */
  face: string | null;
  /** What its wires are called, where these mean something else than that it succeeded or failed. */
  ways: Partial<Record<Branch, string>>;
  schema: SettingsSchema;
}

export type CallSide = "caller" | "callee" | "either";

/** JSON Schema of a node type's settings; every property is flat or a list. */
export interface SettingsSchema {
  properties: Record<string, FieldSchema>;
  required?: string[];
  [key: string]: unknown;
}

export interface FieldSchema {
  title?: string;
  description?: string;
  default?: unknown;
  "x-kind"?: string;
  [key: string]: unknown;
}
