import { describe, expect, it } from "vitest";
import { refusedCall, Script, twoPartyCall } from "./fixtures";
import { seqAt, Timeline } from "./timeline";

describe("the moment of a run", () => {
  const { events } = twoPartyCall();
  const [first] = events;
  const start = first?.timestamp ?? 0;

  it("before the first event has seen none", () => {
    expect(seqAt(events, start - 1)).toBe(0);
  });

  it("of every event has seen it", () => {
    expect(events.map(({ timestamp }) => seqAt(events, timestamp))).toEqual(events.map(({ seq }) => seq));
  });

  it("after the last event has seen all", () => {
    expect(seqAt(events, start + 1e9)).toBe(events.length);
  });
});

describe("the timeline", () => {
  it("marks a failure once, at the node that failed", () => {
    const timeline = new Timeline();
    timeline.grow(refusedCall().events);
    expect(timeline.failures.map(({ seq }) => seq)).toEqual([9]);
  });

  it("marks no node that the end of the run has cut off", () => {
    const timeline = new Timeline();
    timeline.grow(new Script().node("n", "a", "failed", "stopped").events);
    expect(timeline.failures).toEqual([]);
  });

  it("counts every message once, however the events come", () => {
    const { events } = twoPartyCall();
    const timeline = new Timeline();
    for (let until = 1; until <= events.length; until++) timeline.grow(events.slice(0, until));
    const [first, last] = [events[0]?.timestamp ?? 0, events.at(-1)?.timestamp ?? 0];
    const counts = timeline.density(first, last, 7);
    expect(counts.length).toBe(7);
    expect(counts.reduce((sum, count) => sum + count)).toBe(
      events.filter(({ event }) => event === "scenario:sip-message").length,
    );
  });
});
