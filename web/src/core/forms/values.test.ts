import { describe, expect, it } from "vitest";
import { asText, durationFrom, flagFrom, headerRows, namesIn, numberFrom, textFrom } from "./values";

describe("a typed number", () => {
  it.each([
    ["5060", 5060],
    [" 7 ", 7],
    ["", undefined],
    ["{{ var.port }}", "{{ var.port }}"],
    ["50x", "50x"],
    ["1e9", "1e9"],
  ])("%j is stored as %j", (text, stored) => expect(numberFrom(text)).toBe(stored));

  it("shows again what an older document stored as text", () => expect(asText("5066")).toBe("5066"));
});

it("an emptied text is not stored", () => expect(textFrom("")).toBeUndefined());

describe("a time with its unit", () => {
  it.each([
    ["30 s", 30_000],
    ["1.5m", 90_000],
    ["250MS", 250],
    ["1h", 3_600_000],
    ["30", null],
    ["soon", null],
  ])("%j is %j milliseconds", (text, ms) => expect(durationFrom(text)).toBe(ms));
});

describe("a flag", () => {
  it.each([
    [true, true],
    ["true", true],
    ["0", false],
    [undefined, null],
    ["{{ var.x }}", null],
  ])("%j reads as %j", (value, flag) => expect(flagFrom(value)).toBe(flag));
});

describe("header fields", () => {
  const rows = [
    ["X-A", "1"],
    ["X-B", "b: c"],
  ];
  it.each([
    ["pairs", rows],
    [
      "objects with name and value",
      [
        { name: "X-A", value: 1 },
        { name: "X-B", value: "b: c" },
      ],
    ],
    ["one object", { "X-A": 1, "X-B": "b: c" }],
    ["lines", "X-A: 1\r\nX-B: b: c"],
  ])("are read from %s", (_, value) => expect(headerRows(value)).toEqual(rows));

  it("are none where there is nothing sensible", () => expect(headerRows(7)).toEqual([]));
});

it("names in a list stand once each", () =>
  expect(namesIn(["opus", "PCMU", "opus", ""])).toEqual(["opus", "PCMU"]));
