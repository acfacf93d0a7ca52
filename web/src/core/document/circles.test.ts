import { expect, it } from "vitest";
import { closesCircle } from "./circles";
import type { Branch, FlowDocument } from "./types";

/** Steps by letter, of which capitals are loops; wires as `from branch to`. */
function drawn(wires: string): FlowDocument {
  return {
    nodes: [...new Set(wires.match(/[a-zA-Z](?=[sf])|(?<=[sf])[a-zA-Z]/g))].map((id) => ({
      id,
      type: "command",
      position: { x: 0, y: 0 },
      data: {},
    })),
    edges: wires.split(" ").map(([source = "", way, target = ""], index) => ({
      id: String(index),
      source,
      target,
      sourceHandle: way === "s" ? "success" : "failure",
    })),
  };
}

const refuses = (wires: string, source: string, branch: Branch, target: string, except?: string) =>
  closesCircle(drawn(wires), { source, branch, target }, ({ id }) => id < "a", except);

it("lets a way lead back to a loop that leads into it, and to nothing else", () => {
  const chain = "asL Lsb bsc cfd Lfe";
  expect(refuses(chain, "c", "success", "L")).toBe(false);
  expect(refuses(chain, "d", "failure", "L")).toBe(false);
  expect(refuses(chain, "c", "success", "b")).toBe(true);
  expect(refuses(chain, "b", "failure", "b")).toBe(true);
  expect(refuses(chain, "d", "success", "a")).toBe(false); // by way of the loop
  expect(refuses(chain, "e", "success", "L")).toBe(true); // after the last round
});

it("lets a loop lead into what leads to it already", () => {
  expect(refuses("bsc csL", "L", "success", "b")).toBe(false);
  expect(refuses("bsc csL", "L", "failure", "b")).toBe(true);
});

it("counts the wire out whose place the new one takes, and ends in circles that are there already", () => {
  expect(refuses("asb bsc", "c", "success", "a", "1")).toBe(false);
  expect(refuses("asb bsa csd", "d", "success", "a")).toBe(false);
});
