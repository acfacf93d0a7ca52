import { describe, expect, it } from "vitest";
import { Script } from "./fixtures";
import { type MediaEvent, streamsOf } from "./media";

const eventsOf = (script: Script) =>
  script.events.filter((event): event is MediaEvent => event.event === "scenario:media");

describe("the streams of a run", () => {
  const events = eventsOf(
    new Script()
      .media("alice", "stream-started", "PCMU 127.0.0.1:4000 → 127.0.0.1:4002")
      .media("bob", "stream-started", "PCMU 127.0.0.1:4002 → 127.0.0.1:4000")
      .media("alice", "dtmf", "1")
      .media("alice", "dtmf", "2")
      .media("alice", "statistics", "lost 0")
      .media("alice", "statistics", "lost 1")
      .media("alice", "stream-stopped", "")
      .media("alice", "stream-started", "PCMA"),
  );

  it("are one for each start at each instance", () => {
    expect(streamsOf(events, Infinity).map(({ instanceId, about }) => [instanceId, about])).toEqual([
      ["alice", "PCMU 127.0.0.1:4000 → 127.0.0.1:4002"],
      ["bob", "PCMU 127.0.0.1:4002 → 127.0.0.1:4000"],
      ["alice", "PCMA"],
    ]);
  });

  it("keep every digit and the last statistics", () => {
    const [first] = streamsOf(events, Infinity);
    expect([first?.dtmf, first?.statistics]).toEqual([["1", "2"], "lost 1"]);
  });

  it("go on until they are told to have stopped", () => {
    const [first, second] = streamsOf(events, Infinity);
    expect([first?.stoppedAt, second?.stoppedAt]).toEqual([events[6]?.timestamp, null]);
  });

  it("are those of the moment shown", () => {
    expect(streamsOf(events, 2).map(({ dtmf, stoppedAt }) => [dtmf, stoppedAt])).toEqual([
      [[], null],
      [[], null],
    ]);
  });

  it("show what is told of a stream that never began", () => {
    expect(streamsOf(eventsOf(new Script().media("alice", "no-rtp", "for 5 s")), Infinity)).toMatchObject([
      { startedAt: null, others: ["no-rtp for 5 s"] },
    ]);
  });
});
