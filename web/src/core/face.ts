import type { NodeTypeInfo } from "./catalogue";
import { textOf, typeNameOf } from "./document/read";
import type { FlowNode } from "./document/types";

/** What people call a node: its own label, else what its type is called. */
export function titleOf(node: FlowNode, info: NodeTypeInfo | undefined): string {
  const own = textOf(node, "label") || (node.type === "sipInstance" ? textOf(node, "dn") : "");
  return own || info?.title || typeNameOf(node) || node.type;
}

/**
 * What a node shows besides its title, such as `→ 486 Busy`: its type's template with the settings put in, a default
 * where the document sets nothing. A part in square brackets goes when a setting in it is empty; so does the whole.
 */
export function faceOf(node: FlowNode, info: NodeTypeInfo | undefined): string {
  if (info === undefined || info.face === null) return "";
  const valueOf = (field: string): string => {
    const schema = info.schema.properties[field];
    const value = isBlank(node.data[field]) ? schema?.default : node.data[field];
    return shortened(value, schema?.["x-kind"]);
  };
  const whole = info.face.replace(/\[([^\]]*)\]/g, (_, part: string) => fill(part, valueOf));
  return fill(whole, valueOf).trim();
}

const MAX_CHARS = 120;

/** The template with its settings; nothing where one of them is empty. */
function fill(template: string, valueOf: (field: string) => string): string {
  const fields = [...template.matchAll(/\{(\w+)\}/g)].map(([, field = ""]) => field);
  if (fields.some((field) => valueOf(field) === "")) return "";
  return template.replace(/\{(\w+)\}/g, (_, field: string) => valueOf(field));
}

function shortened(value: unknown, kind: string | undefined): string {
  if (isBlank(value)) return "";
  if (kind === "milliseconds") return formatMs(value);
  if (kind === "seconds") return `${plain(value)} s`;
  const text = Array.isArray(value) ? value.map(plain).join(", ") : plain(value);
  return text.length <= MAX_CHARS ? text : `${text.slice(0, MAX_CHARS - 1)}…`;
}

/** Milliseconds as people say them: `400 ms`, `2.5 s`, `1 min 30 s`. What is no number stays as it is written. */
export function formatMs(value: unknown): string {
  const ms = Number(value);
  if (isBlank(value) || !Number.isFinite(ms) || ms < 0) return plain(value);
  if (ms < 1_000) return `${ms} ms`;
  const [minutes, seconds] = [Math.floor(ms / 60_000), (ms % 60_000) / 1_000];
  if (minutes === 0) return `${seconds} s`;
  return seconds === 0 ? `${minutes} min` : `${minutes} min ${seconds} s`;
}

const isBlank = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === "string" && value.trim() === "") ||
  (Array.isArray(value) && value.length === 0);

const plain = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
