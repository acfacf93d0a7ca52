import { expect, it } from "vitest";
import { outlineOf, shareAt } from "./waveform";

it("draws loud parts high, silent ones as a line, and none beyond the strip", () => {
  expect(outlineOf([0, 0.5, 7], 20, 10)).toBe("M0 19.5L1 15L2 10L2 30L1 25L0 20.5Z");
  expect(outlineOf([], 20, 10)).toBe("");
});

it("finds the moment that was pointed at, and stays within the sound", () => {
  expect([150, 100, 90, 500].map((x) => shareAt(x, 100, 200))).toEqual([0.25, 0, 0, 1]);
  expect(shareAt(5, 0, 0)).toBe(0);
});
