import { describe, expect, it } from "vitest";
import { teller } from "./sayings";

const tell = teller({
  within: "{seconds}초 안에 {what}",
  nothing: "아무것도 오지 않음",
  "to-match": "{pattern!r}에 맞는 {header}",
  "greater-than": "{gt}보다 커야 합니다",
  "with-got": "{said} (지금 값: {got})",
});

describe("a saying", () => {
  it("is told in the language of the texts, with the sayings in it", () => {
    const saying = { code: "within", values: { what: { code: "nothing", values: {} }, seconds: 2 } };
    expect(tell("nothing within 2 s", saying)).toBe("2초 안에 아무것도 오지 않음");
  });

  it("quotes what its text wants quoted, and takes no value for a text", () => {
    expect(tell("", { code: "to-match", values: { pattern: "{header}", header: "To" } })).toBe(
      "'{header}'에 맞는 To",
    );
  });

  it("tells what stood there after the text", () => {
    expect(tell("", { code: "greater-than", values: { gt: 0, got: "-1" } })).toBe(
      "0보다 커야 합니다 (지금 값: -1)",
    );
  });

  it.each([
    ["has an unknown code", { code: "of tomorrow", values: {} }],
    ["lacks a value", { code: "within", values: { seconds: 2 } }],
    ["holds an unknown one", { code: "within", values: { seconds: 2, what: { code: "x", values: {} } } }],
  ])("leaves the text as it came where it %s", (_, saying) => {
    expect(tell("as it came", saying)).toBe("as it came");
  });

  it("is not needed for what is the same in every language", () => {
    expect(tell("486 Busy Here", undefined)).toBe("486 Busy Here");
  });
});
