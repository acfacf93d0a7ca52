import { describe, expect, it } from "vitest";
import { resources } from ".";

const sources = import.meta.glob<string>("../**/*.{ts,tsx}", {
  query: "?raw",
  import: "default",
  eager: true,
});

function leaves(tree: object, path = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree) as [string, unknown][]) {
    const name = path === "" ? key : `${path}.${key}`;
    if (typeof value === "string") found.set(name, value);
    else for (const [below, text] of leaves(value as object, name)) found.set(below, text);
  }
  return found;
}

const placeholders = (text: string) => [...text.matchAll(/\{\{\s*(\w+)/g)].map((match) => match[1]).sort();

describe.each(Object.keys(resources.en) as (keyof typeof resources.en)[])("the texts of %s", (namespace) => {
  const english = leaves(resources.en[namespace]);
  const korean = leaves(resources.ko[namespace]);

  it("exist in both languages", () => {
    // Korean has no plural of its own: `_one` stands in English alone.
    const expected = [...english.keys()].filter((key) => !key.endsWith("_one"));
    expect([...korean.keys()].sort()).toEqual(expected.sort());
  });

  it("are not empty and name the same values", () => {
    for (const [key, text] of korean) {
      expect(text.trim(), key).not.toBe("");
      expect(placeholders(text), key).toEqual(placeholders(english.get(key) ?? ""));
    }
  });

  it("are used somewhere", () => {
    const code = Object.entries(sources)
      .filter(([path]) => !path.includes(".test."))
      .map(([, text]) => text)
      .join("\n");
    const unused = [...english.keys()].filter((key) => {
      const name = key.replace(/_(one|other)$/, "");
      // A key may be put together: then its beginning stands in the code, followed by `${`.
      const parts = name.split(".");
      const beginnings = parts.map((_, index) => `${parts.slice(0, index).join(".")}.\${`).slice(1);
      return ![`"${name}"`, `:${name}"`, ...beginnings].some((written) => code.includes(written));
    });
    expect(unused).toEqual([]);
  });
});
