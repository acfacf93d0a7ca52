import { beforeEach, describe, expect, it, vi } from "vitest";
import { twoPartyCall } from "@/core/run/fixtures";
import { beginView, grown, useRun } from "./store";
import * as timeline from "./timeline";

const script = twoPartyCall();
const { events } = script;

/** Frames that the test lets go by. */
let frames: FrameRequestCallback[] = [];
let now = 0;

function pass(ms: number): void {
  now += ms;
  const due = frames;
  frames = [];
  for (const frame of due) frame(now);
}

beforeEach(() => {
  frames = [];
  vi.stubGlobal("requestAnimationFrame", (frame: FrameRequestCallback) => frames.push(frame));
  vi.stubGlobal("cancelAnimationFrame", () => (frames = []));
  beginView(script.info({ result: "completed" }), "recorded");
  useRun.getState().recording.append(events);
  grown();
});

const cursor = () => useRun.getState().cursor;

describe("playing a run", () => {
  it("begins at the beginning when the monitor stands at the end", () => {
    timeline.play();
    expect(cursor()).toBe(1);
  });

  it("lets as much of the run go by as time does", () => {
    timeline.play();
    pass(0);
    pass(45);
    expect(cursor()).toBe(5);
  });

  it("goes faster at a higher speed", () => {
    timeline.useTimeline.setState({ speed: 2 });
    timeline.play();
    pass(0);
    pass(45);
    timeline.useTimeline.setState({ speed: 1 });
    expect(cursor()).toBe(10);
  });

  it("stops at the end, which stays shown", () => {
    timeline.play();
    pass(0);
    pass(60_000);
    expect(cursor()).toBeNull();
    expect(timeline.useTimeline.getState().playingAt).toBeNull();
    expect(frames).toEqual([]);
  });

  it("stops when somebody moves through the run by hand", () => {
    timeline.play();
    pass(0);
    timeline.step(1);
    expect(timeline.useTimeline.getState().playingAt).toBeNull();
    expect(cursor()).toBe(2);
  });
});

describe("moving through a run", () => {
  it("by single events does not pass its beginning", () => {
    timeline.goToEvent(1);
    timeline.step(-1);
    expect(cursor()).toBe(1);
  });

  it("to a moment shows what had come by then", () => {
    timeline.goTo(events[9]?.timestamp ?? 0);
    expect(useRun.getState().state.seq).toBe(10);
  });

  it("to the end follows what comes", () => {
    timeline.goToEvent(3);
    timeline.goToEnd();
    expect(cursor()).toBeNull();
  });
});
