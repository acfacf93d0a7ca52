import fc from "fast-check";
import { beforeEach, expect, it } from "vitest";
import type { FlowDocument } from "@/core/document/types";
import { redo, undo, useEditor } from "./store";

const editor = useEditor.getState;

/** A call between two instances, as an ancestor might have stored it, with keys that we do not know. */
const CALL: FlowDocument = {
  version: "1.2",
  nodes: [
    { id: "a", type: "sipInstance", position: { x: 0, y: 0 }, data: { dn: "1001", unknown: [1] } },
    { id: "b", type: "sipInstance", position: { x: 300, y: 0 }, data: { dn: "1002" } },
    { id: "c", type: "command", position: { x: 0, y: 120 }, data: { command: "MakeCall", callId: "call-1" } },
    { id: "d", type: "command", position: { x: 0, y: 240 }, data: { command: "Release", callId: "call-1" } },
    { id: "e", type: "event", position: { x: 300, y: 120 }, data: { event: "INCOMING" } },
  ],
  edges: [
    { id: "1", source: "a", target: "c", sourceHandle: "success" },
    { id: "2", source: "c", target: "d", sourceHandle: "success" },
    { id: "3", source: "b", target: "e", sourceHandle: "success" },
  ],
};

const index = fc.nat(40);
const place = fc.record({ x: fc.integer({ min: -500, max: 500 }), y: fc.integer({ min: -500, max: 500 }) });
const branch = fc.constantFrom("success" as const, "failure" as const);
const added = fc.constantFrom(
  { kind: "command" as const, name: "Answer" },
  { kind: "event" as const, name: "CONNECTED", data: { callId: "call-2" } },
  { kind: "sipInstance" as const, name: "sipInstance", data: { dn: "9" } },
);
const nodeId = (at: number): string =>
  editor().document.nodes[at % Math.max(editor().document.nodes.length, 1)]?.id ?? "";
const edgeId = (at: number): string =>
  editor().document.edges[at % Math.max(editor().document.edges.length, 1)]?.id ?? "";

const anyEdit = fc.oneof(
  fc.tuple(added, place).map(
    ([node, at]) =>
      () =>
        void editor().addNode(node, at),
  ),
  fc.tuple(index, branch, added).map(
    ([at, way, node]) =>
      () =>
        void editor().addAfter({ id: nodeId(at), branch: way }, node),
  ),
  fc.tuple(index, added, place).map(
    ([at, node, where]) =>
      () =>
        void editor().addOnEdge(edgeId(at), node, where),
  ),
  fc.tuple(index, index, branch).map(
    ([from, to, way]) =>
      () =>
        editor().rewire({ source: nodeId(from), target: nodeId(to), branch: way }),
  ),
  fc.tuple(index, index, index, branch).map(
    ([at, from, to, way]) =>
      () =>
        editor().reconnect(edgeId(at), { source: nodeId(from), target: nodeId(to), branch: way }),
  ),
  fc.tuple(index, place).map(
    ([at, to]) =>
      () =>
        editor().moveNodes(new Map([[nodeId(at), to]])),
  ),
  fc.tuple(index, fc.string()).map(
    ([at, label]) =>
      () =>
        editor().updateData(nodeId(at), { label }),
  ),
  fc.tuple(index, index).map(
    ([one, other]) =>
      () =>
        editor().remove([nodeId(one)], [edgeId(other)]),
  ),
  fc.tuple(index, index, place).map(([one, other, at]) => () => {
    const nodes = editor().document.nodes.filter(({ id }) => id === nodeId(one) || id === nodeId(other));
    if (nodes.length > 0) editor().paste({ nodes, edges: [] }, { at });
  }),
  fc.constant(() => editor().arrange()),
  fc.constant(() => {
    editor().select(editor().document.nodes.map(({ id }) => id));
    editor().align("left");
  }),
  fc.string().map((text) => () => editor().updateDocument({ notes: [{ text }] })),
  fc.string().map((name) => () => editor().rename(name)),
);

beforeEach(() => editor().load(structuredClone(CALL)));

it("takes every edit back to the start, and forth again to the end", () => {
  fc.assert(
    fc.property(fc.array(anyEdit, { maxLength: 25 }), (edits) => {
      editor().load(structuredClone(CALL));
      const whole = () => structuredClone([editor().name, editor().document]);
      const first = whole();
      for (const make of edits) make();
      const last = whole();
      const steps = useEditor.temporal.getState().pastStates.length;
      for (let step = 0; step < steps; step++) undo();
      expect(whole()).toEqual(first);
      for (let step = 0; step < steps; step++) redo();
      expect(whole()).toEqual(last);
    }),
    { numRuns: 200 },
  );
});

it("keeps every wire among nodes that are there, one a branch, without a circle", () => {
  fc.assert(
    fc.property(fc.array(anyEdit, { maxLength: 25 }), (edits) => {
      editor().load(structuredClone(CALL));
      for (const make of edits) make();
      const { nodes, edges } = editor().document;
      const kinds = new Map(nodes.map(({ id, type }) => [id, type]));
      expect(new Set([...nodes, ...edges].map(({ id }) => id)).size).toBe(nodes.length + edges.length);
      const taken = new Set<string>();
      for (const { source, target, sourceHandle } of edges) {
        expect(kinds.has(source) && kinds.has(target)).toBe(true);
        if (kinds.get(source) === "sipInstance") continue;
        expect(taken.has(`${source} ${sourceHandle}`)).toBe(false);
        taken.add(`${source} ${sourceHandle}`);
      }
    }),
    { numRuns: 200 },
  );
});

it("makes one step of a gesture, and another of the next", () => {
  editor().updateData("c", { label: "a" }, "field 1");
  editor().updateData("c", { label: "ab" }, "field 1");
  editor().updateData("c", { label: "abc" }, "field 2");
  undo();
  expect(editor().document.nodes[2]?.data.label).toBe("ab");
  undo();
  expect(editor().document.nodes[2]?.data.label).toBeUndefined();
});

it("heals the wire where a node goes", () => {
  const id = editor().addOnEdge("2", { kind: "event", name: "CONNECTED" }, { x: 0, y: 0 });
  expect(editor().document.edges.map(({ source, target }) => [source, target])).toContainEqual(["c", id]);
  editor().remove([id], []);
  expect(editor().document.edges.map(({ source, target }) => [source, target])).toContainEqual(["c", "d"]);
});

it("heals the wire where a node goes together with its wires, as from within a frame", () => {
  const id = editor().addOnEdge("2", { kind: "event", name: "CONNECTED" }, { x: 0, y: 0 });
  const own = editor().document.edges.filter(({ source, target }) => source === id || target === id);
  editor().remove(
    [id],
    own.map((edge) => edge.id),
  );
  expect(editor().document.edges.map(({ source, target }) => [source, target])).toContainEqual(["c", "d"]);
});

it("leads a branch elsewhere that has a wire already, and an instance to one more chain", () => {
  const id = editor().addNode({ kind: "event", name: "TIMEOUT" }, { x: 0, y: 500 });
  editor().rewire({ source: "c", target: id, branch: "success" });
  editor().rewire({ source: "a", target: id, branch: "success" });
  expect(
    editor()
      .document.edges.filter(({ source }) => source === "a" || source === "c")
      .map(({ source, target }) => [source, target]),
  ).toEqual([
    ["a", "c"],
    ["c", id],
    ["a", id],
  ]);
});

it("gives a node behind another the other's chain and call", () => {
  const id = editor().addAfter({ id: "d", branch: "success" }, { kind: "event", name: "DISCONNECTED" });
  expect(editor().document.nodes.find((node) => node.id === id)?.data).toEqual({
    event: "DISCONNECTED",
    sipInstanceId: "a",
    callId: "call-1",
  });
});

it("refuses wires that the engine would not take", () => {
  const before = editor().document;
  editor().rewire({ source: "c", target: "e", branch: "failure" }); // another instance's chain
  editor().rewire({ source: "c", target: "a", branch: "failure" }); // into an instance
  editor().rewire({ source: "a", target: "d", branch: "failure" }); // an instance can't fail
  expect(editor().document).toBe(before);
});

it("keeps what it does not know", () => {
  editor().updateData("a", { label: "Alice" });
  expect(editor().document.version).toBe("1.2");
  expect(editor().document.nodes[0]?.data).toEqual({ dn: "1001", unknown: [1], label: "Alice" });
});
