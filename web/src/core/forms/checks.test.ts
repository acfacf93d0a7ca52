import { expect, test } from "vitest";
import { checkRows, isFilledCheck, storedCheck } from "./checks";

test("checks are read in whatever state they are and stored without what is empty", () => {
  const rows = checkRows([{ header: "To", value: "x", variable: "v" }, "odd", null]);
  expect(rows[0]).toEqual({ header: "To", rule: "matches", value: "x", variable: "v" });
  expect(rows.map(isFilledCheck)).toEqual([true, false, false]);
  expect(storedCheck({ header: "To", rule: "absent", value: "", variable: "" })).toEqual({
    header: "To",
    rule: "absent",
  });
  expect(checkRows("nothing")).toEqual([]);
});
