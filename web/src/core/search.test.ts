import { describe, expect, it } from "vitest";
import { matchOf } from "./search";

describe("a search", () => {
  it.each([
    ["", "Make call"],
    ["call", "Make call"],
    ["MAKE", "Make call"],
    ["call make", "Make call"],
    ["mkcl", "MakeCall"],
    ["전화", "전화 걸기"],
    ["저", "전화 걸기"],
    ["ㅈㅎ", "전화 걸기"],
    ["ㄱㄱ", "전화 걸기"],
  ])("for %j finds %j", (query, text) => expect(matchOf(query, text)).toBeGreaterThan(0));

  it.each([
    ["hold", "Make call"],
    ["ㄴ", "전화 걸기"],
    ["lm", "Make call"],
    ["call hold", "Make call"],
  ])("for %j does not find %j", (query, text) => expect(matchOf(query, text)).toBe(0));

  it("puts a beginning before a middle", () => {
    expect(matchOf("ring", "Ring")).toBeGreaterThan(matchOf("ring", "Wait for ringing"));
    expect(matchOf("ring", "Wait for ringing")).toBeGreaterThan(matchOf("ring", "Scoring"));
  });

  it("puts the whole text before its beginning", () =>
    expect(matchOf("wait", "Wait")).toBeGreaterThan(matchOf("wait", "Wait for a call")));

  it("puts a hit in the first text before one in the second", () => {
    expect(matchOf("bye", "bye", "x")).toBeGreaterThan(matchOf("bye", "x", "bye"));
  });
});
