import { instancesOf, textOf, typeNameOf } from "../document/read";
import type { FlowDocument, FlowNode } from "../document/types";

/** What a field could hold, from what the scenario already says. */
export interface Suggestion {
  value: string;
  /** Who or what that is. */
  hint: string;
}

/** The call ids that nodes of the same instance use, the most used first. */
export function callIdsBeside(document: FlowDocument, node: FlowNode): Suggestion[] {
  const owners = instancesOf(document);
  const owner = owners.get(node.id);
  const counts = new Map<string, number>();
  for (const other of document.nodes) {
    if (other.id === node.id || owners.get(other.id) !== owner) continue;
    for (const [field, value] of Object.entries(other.data))
      if (/callId$/i.test(field) && typeof value === "string" && value !== "")
        counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .map(([value, count]) => ({ value, hint: `×${count}` }));
}

/** The events of the same instance, by their ids. */
export function eventsBeside(document: FlowDocument, node: FlowNode): Suggestion[] {
  const owners = instancesOf(document);
  const owner = owners.get(node.id);
  return document.nodes
    .filter(({ id, type }) => type === "event" && owners.get(id) === owner)
    .map((event) => ({ value: event.id, hint: textOf(event, "label") || textOf(event, "event") }));
}

/** The numbers of the instances other than the node's own. */
export function numbersToCall(document: FlowDocument, node: FlowNode): Suggestion[] {
  const own = instancesOf(document).get(node.id);
  return document.nodes
    .filter(({ id, type }) => type === "sipInstance" && id !== own)
    .map((instance) => ({ value: textOf(instance, "dn"), hint: textOf(instance, "label") }))
    .filter(({ value }) => value !== "");
}

/** What the instances are called that are more than user agents: others are used with them. */
export function serversIn(document: FlowDocument): Suggestion[] {
  return document.nodes
    .filter((node) => node.type === "sipInstance" && typeNameOf(node) !== node.type)
    .map((node) => ({ value: textOf(node, "label") || typeNameOf(node), hint: "" }));
}

/** The number under which calls reach the node's own instance. */
export function ownNumber(document: FlowDocument, node: FlowNode): Suggestion[] {
  if (node.type === "sipInstance") return [];
  const owner = instancesOf(document).get(node.id);
  const instance = document.nodes.find(({ id }) => id === owner);
  const value = instance === undefined ? "" : textOf(instance, "dn");
  return value === "" || instance === undefined ? [] : [{ value, hint: textOf(instance, "label") }];
}

const VARIABLE = /\{\{\s*var\.([A-Za-z0-9_.-]+)\s*\}\}/g;

/** The names of all variables that the nodes' settings use, in order. */
export function variablesIn(document: FlowDocument): string[] {
  const names = new Set<string>();
  const look = (value: unknown, depth: number): void => {
    if (typeof value === "string") {
      for (const [, name = ""] of value.matchAll(VARIABLE)) names.add(name);
    } else if (typeof value === "object" && value !== null && depth < 8) {
      for (const item of Object.values(value)) look(item, depth + 1);
    }
  };
  for (const { data } of document.nodes) look(data, 0);
  return [...names].sort((one, other) => one.localeCompare(other));
}

/** Where a `{{` before the caret is not closed yet: from where to where a variable would go, and what is typed of it. */
export function openVariable(
  text: string,
  caret: number,
): { from: number; to: number; typed: string } | null {
  const before = text.slice(0, caret);
  const from = before.lastIndexOf("{{");
  if (from < 0 || before.indexOf("}}", from) >= 0) return null;
  const rest = /^[\w.-]*\s*\}\}/.exec(text.slice(caret));
  const typed = before.slice(from + 2).trim();
  return { from, to: caret + (rest?.[0].length ?? 0), typed: typed.replace(/^var\.?/, "") };
}
