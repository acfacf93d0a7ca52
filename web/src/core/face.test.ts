import { describe, expect, it } from "vitest";
import type { NodeTypeInfo } from "./catalogue";
import type { FlowNode } from "./document/types";
import { faceOf, formatMs, titleOf } from "./face";

const info = (face: string | null): NodeTypeInfo => ({
  kind: "command",
  name: "Reject",
  title: "Reject the call",
  icon: "phone-off",
  group: "call",
  groupTitle: "Call",
  doc: "",
  opens: null,
  needs: null,
  face,
  steers: null,
  ways: {},
  schema: {
    properties: {
      statusCode: { "x-kind": "status-code", default: 486 },
      reason: { "x-kind": "text", default: "" },
      timeout: { "x-kind": "milliseconds", default: 10_000 },
      codecs: { "x-kind": "codecs" },
    },
  },
});
const node = (data: Record<string, unknown>): FlowNode => ({
  id: "1",
  type: "command",
  position: { x: 0, y: 0 },
  data: { command: "Reject", ...data },
});

describe("the title of a node", () => {
  it("is its label", () => {
    expect(titleOf(node({ label: "Busy" }), info(null))).toBe("Busy");
  });
  it("is the title of its type without one", () => {
    expect(titleOf(node({ label: "" }), info(null))).toBe("Reject the call");
  });
  it("is the name in the document where the type is unknown", () => {
    expect(titleOf(node({}), undefined)).toBe("Reject");
  });
  it("is the number of an instance without a label", () => {
    expect(titleOf({ ...node({ dn: 1001 }), type: "sipInstance" }, undefined)).toBe("1001");
  });
});

describe("the face of a node", () => {
  it("is the template with its settings", () => {
    expect(faceOf(node({ statusCode: "603", reason: "Decline" }), info("→ {statusCode} {reason}"))).toBe(
      "→ 603 Decline",
    );
  });
  it("takes the default where nothing is set", () => {
    expect(faceOf(node({ statusCode: " " }), info("→ {statusCode}"))).toBe("→ 486");
  });
  it("leaves out the part in brackets whose setting is empty", () => {
    expect(faceOf(node({}), info("→ {statusCode}[ {reason}]"))).toBe("→ 486");
    expect(faceOf(node({ reason: "Busy" }), info("→ {statusCode}[ {reason}]"))).toBe("→ 486 Busy");
  });
  it("is empty where a setting outside of brackets is", () => {
    expect(faceOf(node({}), info("reason {reason}"))).toBe("");
  });
  it("shows milliseconds as people say them, and lists by their items", () => {
    expect(faceOf(node({ codecs: ["PCMU", "opus"] }), info("{codecs}, {timeout}"))).toBe("PCMU, opus, 10 s");
  });
  it("is empty for a type without a template and for an unknown type", () => {
    expect(faceOf(node({}), info(null))).toBe("");
    expect(faceOf(node({}), undefined)).toBe("");
  });
});

describe("milliseconds", () => {
  it.each([
    [0, "0 ms"],
    [400, "400 ms"],
    [2_500, "2.5 s"],
    ["30000", "30 s"],
    [60_000, "1 min"],
    [90_000, "1 min 30 s"],
    ["{{ var.wait }}", "{{ var.wait }}"],
    ["", ""],
  ])("%j are %s", (value, text) => {
    expect(formatMs(value)).toBe(text);
  });
});
