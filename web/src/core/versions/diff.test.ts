import { expect, it } from "vitest";
import type { FlowDocument, FlowNode } from "@/core/document/types";
import { compareDocuments, isEqual, overlay } from "./diff";

const node = (id: string, x: number, data: Record<string, unknown> = {}): FlowNode => ({
  id,
  type: "command",
  position: { x, y: 0 },
  data,
});

const before: FlowDocument = {
  nodes: [node("a", 0), node("b", 0, { callId: "call-1" }), node("c", 0)],
  edges: [
    { id: "e1", source: "a", target: "b", sourceHandle: "success" },
    { id: "e2", source: "b", target: "c", sourceHandle: "success" },
  ],
};
const after: FlowDocument = {
  nodes: [node("a", 50), node("b", 0, { callId: "call-2" }), node("d", 0)],
  edges: [
    { id: "e1", source: "a", target: "b", sourceHandle: "failure" },
    { id: "e3", source: "b", target: "d", sourceHandle: "success" },
  ],
};

it("tells added, removed, changed and moved apart", () => {
  const { nodes, edges } = compareDocuments(before, after);
  expect(Object.fromEntries(nodes)).toEqual({ a: "moved", b: "changed", c: "removed", d: "added" });
  expect(Object.fromEntries(edges)).toEqual({ e1: "changed", e2: "removed", e3: "added" });
});

it("finds nothing between a document and itself", () => {
  const { nodes, edges } = compareDocuments(before, structuredClone(before));
  expect(nodes.size + edges.size).toBe(0);
});

it("shows both on one canvas", () => {
  expect(overlay(before, after).nodes.map(({ id }) => id)).toEqual(["a", "b", "d", "c"]);
  expect(overlay(before, after).edges.map(({ id }) => id)).toEqual(["e1", "e3", "e2"]);
});

it("compares values whatever the order of their keys", () => {
  expect(isEqual({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 })).toBe(true);
  expect(isEqual({ a: undefined }, { b: undefined })).toBe(false);
  expect(isEqual([], {})).toBe(false);
});
