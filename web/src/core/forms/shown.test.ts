import { expect, it } from "vitest";
import { fieldsOf } from "./fields";
import { fieldsThatCount, isSet } from "./shown";

const FIELDS = fieldsOf({
  schema: {
    properties: {
      kind: { default: "any" },
      tone: { default: 1_000, "x-shown-when": { field: "kind", is: ["tone", "Chord"] } },
      again: { default: false },
      wait: { default: true, "x-shown-when": { field: "again", is: [false] } },
      host: { default: "" },
      port: { default: 5060, "x-shown-when": { field: "host", not: [""] } },
      lost: { "x-shown-when": { field: "of another form", is: [1] } },
      odd: { "x-shown-when": "of a newer server" },
    },
  },
});
const ALWAYS = ["kind", "again", "host", "lost", "odd"];
const counting = (data: Record<string, unknown>) =>
  fieldsThatCount(FIELDS, data)
    .map(({ name }) => name)
    .filter((name) => !ALWAYS.includes(name));

it("a setting counts with the defaults of others", () => {
  expect(counting({})).toEqual(["wait"]);
  expect(counting({ kind: " ", again: null, host: "  " })).toEqual(["wait"]);
});

it("a setting counts with others in any spelling", () => {
  expect(counting({ kind: "TONE", again: "yes", host: "pbx" })).toEqual(["tone", "port"]);
  expect(counting({ kind: "chord", again: "no" })).toEqual(["tone", "wait"]);
});

it("a setting counts where only the run knows the other", () => {
  expect(counting({ kind: "{{ var.kind }}", again: true })).toEqual(["tone"]);
});

it("a setting is set by anything but its default", () => {
  const isSetTo = (name: string, value: unknown) =>
    FIELDS.filter((field) => field.name === name).some((field) => isSet(field, { [name]: value }));
  expect([undefined, null, "", " ", [], 1_000, "1000"].map((value) => isSetTo("tone", value))).not.toContain(
    true,
  );
  expect([440, "440", "x", "{{ var.hz }}", [1]].map((value) => isSetTo("tone", value))).not.toContain(false);
  expect([isSetTo("wait", "yes"), isSetTo("wait", false)]).toEqual([false, true]);
});
