import { expect, test } from "vitest";
import { faultRows } from "./faults";

test("rows are the objects of a list", () => {
  expect(faultRows([{ method: "INVITE" }, "x", null, ["y"], {}])).toEqual([{ method: "INVITE" }, {}]);
});

test("anything but a list has no rows", () => {
  expect([undefined, null, "x", { 0: {} }].map(faultRows)).toEqual([[], [], [], []]);
});
