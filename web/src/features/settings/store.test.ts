import { expect, test } from "vitest";
import { understood } from "./store";

test("what another version of the app has kept in other words is left out", () => {
  const kept = {
    language: "ko",
    theme: "sepia",
    sidebar: "runs",
    consoleTab: 7,
    isConsoleOpen: false,
    more: 1,
  };
  expect(understood(kept)).toEqual({ language: "ko", isConsoleOpen: false });
  expect(understood({ sidebar: null })).toEqual({ sidebar: null });
  expect(understood(null)).toEqual({});
});
