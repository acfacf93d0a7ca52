import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type OutlineItem, outlineOf, rowsOf } from "./outline";
import type { Branch, FlowDocument, FlowNode, NodeKind } from "./types";

const node = (id: string, type: NodeKind = "command"): FlowNode => ({
  id,
  type,
  position: { x: 0, y: 0 },
  data: {},
});

/** `a>b` is a wire of success, `a!b` one of failure; ids that begin with a capital are instances. */
function documentOf(wires: string): FlowDocument {
  const nodes = new Map<string, FlowNode>();
  const edges = wires.split(" ").flatMap((wire, index) => {
    const [source = "", target] = wire.split(/[>!]/);
    for (const id of target === undefined ? [source] : [source, target])
      if (!nodes.has(id)) nodes.set(id, node(id, /^[A-Z]/.test(id) ? "sipInstance" : "command"));
    const sourceHandle: Branch = wire.includes("!") ? "failure" : "success";
    return target === undefined ? [] : [{ id: `e${index}`, source, target, sourceHandle }];
  });
  return { nodes: [...nodes.values()], edges };
}

const drawn = (items: readonly OutlineItem[]): string =>
  items
    .map(({ node: { id }, isRepeated, children }) => {
      const below = children.length === 0 ? "" : `(${drawn(children)})`;
      return `${id}${isRepeated ? "*" : ""}${below}`;
    })
    .join(" ");

const outline = (wires: string) => drawn(outlineOf(documentOf(wires)));

describe("the outline", () => {
  it("lists the steps of an instance in their order, on one level", () => {
    expect(outline("A>a a>b b>c B>d")).toBe("A(a b c) B(d)");
  });

  it("puts a failure branch below the step that fails", () => {
    expect(outline("A>a a>b a!x x>y")).toBe("A(a(x y) b)");
  });

  it("names a step that two wires lead to again, without what follows it", () => {
    expect(outline("A>a a>b b>c a!c")).toBe("A(a(c) b c*)");
  });

  it("keeps all start nodes of an instance in the order of their wires", () => {
    expect(outline("A>a A>b a>c")).toBe("A(a c b)");
  });

  it("lists what no instance reaches at the end, circles too", () => {
    expect(outline("A>a x>y p>q q>p")).toBe("A(a) x y p q p*");
  });

  it("shows every node of any document in full exactly once, under a key of its own", () => {
    const ids = ["A", "B", "c", "d", "e", "f", "g"];
    const wire = fc.tuple(fc.constantFrom(...ids), fc.constantFrom(">", "!"), fc.constantFrom(...ids));
    fc.assert(
      fc.property(fc.array(wire, { maxLength: 14 }), (wires) => {
        const document = documentOf([...ids, ...wires.map((parts) => parts.join(""))].join(" "));
        const rows = rowsOf(outlineOf(document), new Set());
        const whole = rows.filter(({ item }) => !item.isRepeated).map(({ item }) => item.node.id);
        expect(whole.sort()).toEqual([...ids].sort());
        expect(new Set(rows.map(({ item }) => item.key)).size).toBe(rows.length);
      }),
    );
  });

  it("hides what is below a collapsed line, and counts places among siblings", () => {
    const tree = outlineOf(documentOf("A>a a>b a!x"));
    const rows = rowsOf(tree, new Set(["A/a"]));
    expect(
      rows.map(({ item, level, position, siblings }) => [item.node.id, level, position, siblings]),
    ).toEqual([
      ["A", 1, 1, 1],
      ["a", 2, 1, 2],
      ["b", 2, 2, 2],
    ]);
  });
});
