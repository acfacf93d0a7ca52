import { describe, expect, it } from "vitest";
import { Script } from "./fixtures";
import { type MediaEvent, opinionOf, streamsOf } from "./media";

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

describe("the figures of a stream", () => {
  const directions = (figures: Record<string, number | null>) =>
    streamsOf(eventsOf(new Script().media("alice", "statistics", "", { figures })), Infinity)[0]?.directions;

  it("tell of both directions, each with its own share of loss", () => {
    const received = { packetsReceived: 96, doubled: 1, lost: 5, jitterMs: 1.5, mos: 3.2 };
    const sent = { packetsSent: 50, lostThere: 1, jitterThereMs: 2, mosThere: 4 };
    expect(directions({ ...received, ...sent, roundTripMs: 3 })).toEqual([
      { way: "received", packets: 96, lost: 5, lostPercent: 5, jitterMs: 1.5, mos: 3.2 },
      { way: "sent", packets: 50, lost: 1, lostPercent: 2, jitterMs: 2, mos: 4 },
    ]);
  });

  it("leave open what nobody has told, and lose nothing where nothing was to come", () => {
    expect(directions({ packetsReceived: 0, doubled: 0, lost: 0, packetsSent: 9, lostThere: null })).toEqual([
      { way: "received", packets: 0, lost: 0, lostPercent: 0, jitterMs: null, mos: null },
      { way: "sent", packets: 9, lost: null, lostPercent: null, jitterMs: null, mos: null },
    ]);
  });

  it("are judged as users would", () => {
    expect([4.4, 3.6, 3.59, 2.58, 2.5].map(opinionOf)).toEqual(["good", "good", "fair", "fair", "poor"]);
  });
});
