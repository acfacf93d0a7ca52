import { describe, expect, it } from "vitest";
import { readDocument } from "../document/read";
import { callIdsBeside, numbersToCall, openVariable, ownNumber, variablesIn } from "./suggest";

const document = readDocument({
  nodes: [
    { id: "a", type: "sipInstance", data: { dn: "1001", label: "Alice" } },
    { id: "b", type: "sipInstance", data: { dn: 1002 } },
    { id: "call", type: "command", data: { command: "X", callId: "one", targetUri: "{{ var.to }}" } },
    { id: "wait", type: "event", data: { callId: "two", headers: [["X-A", "{{var.tag}} {{ var.to }}"]] } },
    { id: "end", type: "command", data: { callId: "two" } },
    { id: "other", type: "event", data: { callId: "three" } },
  ],
  edges: [
    { id: "1", source: "a", target: "call" },
    { id: "2", source: "call", target: "wait" },
    { id: "3", source: "wait", target: "end" },
    { id: "4", source: "b", target: "other" },
  ],
});
const nodeOf = (id: string) => {
  const node = document.nodes.find((own) => own.id === id);
  if (node === undefined) throw new Error(id);
  return node;
};

it("call ids come from the node's own instance, the most used first", () => {
  expect(callIdsBeside(document, nodeOf("call")).map(({ value }) => value)).toEqual(["two"]);
  expect(callIdsBeside(document, nodeOf("end")).map(({ value }) => value)).toEqual(["one", "two"]);
});

it("numbers to call are those of the other instances", () => {
  expect(numbersToCall(document, nodeOf("call"))).toEqual([{ value: "1002", hint: "" }]);
});

it("an incoming call is for the node's own instance", () => {
  expect(ownNumber(document, nodeOf("call"))).toEqual([{ value: "1001", hint: "Alice" }]);
  expect(ownNumber(document, nodeOf("a"))).toEqual([]);
});

it("variables are found in every text, however deep", () => {
  expect(variablesIn(document)).toEqual(["tag", "to"]);
});

describe("a variable being typed", () => {
  it("begins at the last open braces", () => {
    expect(openVariable("sip:{{ var.ho", 13)).toEqual({ from: 4, to: 13, typed: "ho" });
  });
  it("takes braces that are closed behind the caret along", () => {
    expect(openVariable("{{ h }}!", 4)).toEqual({ from: 0, to: 7, typed: "h" });
  });
  it("is over once the braces are closed", () => expect(openVariable("{{ var.a }} b", 13)).toBeNull());
});
