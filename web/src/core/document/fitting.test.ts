import { expect, it } from "vitest";
import type { NodeTypeInfo } from "@/core/catalogue";
import { fittingBehind } from "./fitting";
import type { FlowDocument } from "./types";

const type = (name: string, more: Partial<NodeTypeInfo> = {}): NodeTypeInfo => ({
  kind: "command",
  name,
  title: name,
  icon: "",
  group: "",
  groupTitle: "",
  doc: "",
  opens: null,
  needs: null,
  face: null,
  steers: null,
  ways: {},
  schema: { properties: {} },
  ...more,
});
const TYPES = [
  type("Call", { opens: "caller" }),
  type("Answer", { needs: "callee" }),
  type("HangUp", { needs: "either" }),
  type("Ended", { kind: "event", needs: "either" }),
  type("Wait"),
  type("Instance", { kind: "sipInstance" }),
];
const step = (id: string, command: string) => ({
  id,
  type: "command" as const,
  position: { x: 0, y: 0 },
  data: { command },
});
/** A call, and a wait on each of its branches. */
const CALL: FlowDocument = {
  nodes: [step("call", "Call"), step("talk", "Wait"), step("pause", "Wait")],
  edges: [
    { id: "1", source: "call", target: "talk", sourceHandle: "success" },
    { id: "2", source: "call", target: "pause", sourceHandle: "failure" },
  ],
};
const namesBehind = (id: string, branch: "success" | "failure", document = CALL) =>
  fittingBehind(document, { id, branch }, TYPES).map(({ name }) => name);

it("offers what the calls on the way there allow, and no instance", () => {
  expect(namesBehind("call", "success")).toEqual(["Call", "HangUp", "Ended", "Wait"]);
  expect(namesBehind("talk", "failure")).toEqual(["Call", "HangUp", "Ended", "Wait"]);
});

it("offers for a call that has failed only what is waited for", () => {
  expect(namesBehind("call", "failure")).toEqual(["Call", "Ended", "Wait"]);
  expect(namesBehind("pause", "success")).toEqual(["Call", "Ended", "Wait"]);
});

it("offers both where both branches meet", () => {
  const met = {
    ...CALL,
    edges: [...CALL.edges, { id: "3", source: "pause", target: "talk", sourceHandle: "success" as const }],
  };
  expect(namesBehind("talk", "success", met)).toContain("HangUp");
});
