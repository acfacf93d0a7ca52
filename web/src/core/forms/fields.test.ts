import { describe, expect, it } from "vitest";
import type { SettingsSchema } from "../catalogue";
import { fieldsOf } from "./fields";

const fieldOf = (own: Record<string, unknown>, rest: Partial<SettingsSchema> = {}) => {
  const [field] = fieldsOf({ schema: { properties: { it: own }, ...rest } });
  if (field === undefined) throw new Error("a schema of one setting has one field");
  return field;
};

describe("the fields of a form", () => {
  it("carry what the schema says of them", () => {
    const field = fieldOf(
      {
        title: "Timeout",
        description: "How long.",
        default: 500,
        minimum: 0,
        maximum: 900,
        examples: ["250"],
        "x-kind": "milliseconds",
      },
      { required: ["it"] },
    );
    expect(field).toEqual({
      name: "it",
      kind: "milliseconds",
      title: "Timeout",
      help: "How long.",
      fallback: 500,
      isRequired: true,
      choices: [],
      examples: ["250"],
      min: 0,
      max: 900,
      shownWhen: null,
    });
  });

  it("take their choices from behind a reference, in people's words where there are some", () => {
    const field = fieldOf(
      { $ref: "#/$defs/Mode", "x-choices": { on: "switched on" } },
      { $defs: { Mode: { enum: ["on", "off"] } } },
    );
    expect(field.choices).toEqual([
      { value: "on", title: "switched on" },
      { value: "off", title: "off" },
    ]);
  });

  it("know the limits of a number that may be missing", () => {
    const field = fieldOf({ anyOf: [{ type: "integer", minimum: 101, maximum: 199 }, { type: "null" }] });
    expect([field.min, field.max]).toEqual([101, 199]);
  });

  it("take what a list may hold as choices", () => {
    expect(fieldOf({ items: { enum: ["PCMU", "opus"] } }).choices.map(({ value }) => value)).toEqual([
      "PCMU",
      "opus",
    ]);
  });

  it("are plain text where the schema says too little", () => {
    expect(fieldOf({ $ref: "#/$defs/Gone" })).toMatchObject({ kind: "text", title: "it", choices: [] });
  });
});
