import { describe, expect, it } from "vitest";
import { Script } from "./fixtures";
import { matricesOf, matrixBefore } from "./hearing";
import { type MediaEvent, streamsOf } from "./media";

const eventsOf = (script: Script) =>
  script.events.filter((event): event is MediaEvent => event.event === "scenario:media");

const PEOPLE = ["a", "b", "c"];
const events = eventsOf(
  new Script()
    .hearing("first", PEOPLE, ["a b", "b a"], ["a b", "b a"])
    .hearing("second", PEOPLE, ["a b", "b a"], ["a b", "c b"]),
);

describe("who hears whom", () => {
  it("is a verdict for each listener of each speaker, and none for itself", () => {
    const [, second] = matricesOf(events, Infinity);
    expect(second?.rows.map(({ cells }) => cells.map((cell) => cell?.verdict ?? null))).toEqual([
      [null, "heard", "silent"],
      ["missing", null, "silent"],
      ["silent", "leaked", null],
    ]);
    expect(second).toMatchObject({ nodeId: "second", seconds: 2, pairs: 6, wrong: 2 });
    expect(second?.rows[2]?.cells[1]).toEqual({
      speaker: { id: "b", name: "B" },
      verdict: "leaked",
      levelDbfs: -22,
    });
  });

  it("is known from when it was measured", () => {
    expect(matricesOf(events, 1).map(({ nodeId, wrong }) => [nodeId, wrong])).toEqual([["first", 0]]);
    expect(matricesOf(events, 0)).toEqual([]);
  });

  it("belongs to the node that has measured it, the last time that it ran", () => {
    const script = new Script().node("check", "a", "running").hearing("check", PEOPLE, [], ["a b"]).log("…");
    script.node("check", "a", "failed", "…").node("check", "a", "running").node("check", "a", "failed", "…");
    expect(matrixBefore(script.events, 4, "check")).toMatchObject({ seq: 2, wrong: 1 });
    expect(matrixBefore(script.events, 4, "other")).toBe(null);
    expect(matrixBefore(script.events, 6, "check")).toBe(null);
  });

  it("of many shows those that are wrong, then those that are heard", () => {
    const many = Array.from({ length: 40 }, (_, place) => `p${place}`);
    const script = new Script().hearing("check", many, ["p39 p38"], ["p30 p31"]);
    const [matrix] = matricesOf(eventsOf(script), Infinity);
    expect(matrix?.people.map(({ id }) => id)).toEqual([...many.slice(0, 20), "p30", "p31", "p38", "p39"]);
    expect(matrix).toMatchObject({ pairs: 40 * 39, wrong: 2, left: 16 });
  });

  it("is no stream", () => {
    expect(streamsOf(events, Infinity)).toEqual([]);
  });

  it("leaves open what a run does not tell", () => {
    const [event] = events;
    const partial = { ...event, hearing: { seconds: 1, instances: { a: "A", b: "B" }, rows: [] } };
    const [matrix] = matricesOf([partial as MediaEvent], Infinity);
    expect(matrix?.rows.map(({ cells }) => cells)).toEqual([
      [null, null],
      [null, null],
    ]);
    expect(matrix).toMatchObject({ pairs: 0, wrong: 0 });
  });
});
