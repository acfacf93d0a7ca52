import { describe, expect, it } from "vitest";
import { Script } from "@/core/run/fixtures";
import type { RunEvent } from "@/core/run/events";
import { piecesIn } from "./bars";
import { Ladder } from "./ladder";
import { NOTHING_HIDDEN } from "./rows";

const started = (script: Script, lane: string, direction = "sendrecv") =>
  script.media(lane, "stream-started", "", { values: { codec: "PCMU", direction } });

const heldStream = () =>
  started(new Script().started(), "alice")
    .media("alice", "stream-changed", "", { values: { codec: "PCMU", direction: "sendonly" } })
    .media("alice", "dtmf", "", { values: { digits: "5#" } })
    .media("alice", "stream-stopped", "")
    .media("alice", "statistics", "", { figures: { packetsReceived: 96, doubled: 1, lost: 5, mos: 3.2 } })
    .events;

function look(events: readonly RunEvent[], seq = Infinity, window?: { start: number; end: number }) {
  const ladder = new Ladder();
  ladder.take(events);
  const { rows } = ladder.shown(NOTHING_HIDDEN);
  const count = rows.filter(({ id }) => id <= seq).length;
  const sight = { count, seq, ...(window ?? { start: 0, end: rows.length }) };
  return { rows, pieces: piecesIn(ladder.streams.bars, rows, sight) };
}

describe("bars of streams", () => {
  it("go from the start to the stop, in stretches of one direction", () => {
    const { pieces } = look(heldStream());
    expect(
      pieces.map(({ bar, stretch, from, to, isOpen }) => [bar.lane, stretch.flow, from, to, isOpen]),
    ).toEqual([
      ["alice", "both", 0, 1, false],
      ["alice", "forward", 1, 3, false],
    ]);
  });

  it("are open where the cursor cuts them, and not there before", () => {
    expect(look(heldStream(), 2).pieces.map(({ isOpen }) => isOpen)).toEqual([true]);
    expect(look(heldStream(), 1).pieces).toEqual([]);
  });

  it("are drawn only where they are in sight", () => {
    expect(look(heldStream(), Infinity, { start: 4, end: 4 }).pieces).toEqual([]);
  });

  it("stand beside each other on one lane, and take the place that is free again", () => {
    const script = started(new Script().started(), "alice");
    const again = started(started(script, "bob").media("bob", "stream-stopped", ""), "bob");
    expect(look(again.events).pieces.map(({ bar, level }) => [bar.lane, level])).toEqual([
      ["alice", 0],
      ["bob", 0],
      ["bob", 0],
    ]);
  });

  it("bear what was agreed on, digits, and loss with MOS", () => {
    const { rows } = look(heldStream());
    expect(rows.map((row) => (row.kind === "remark" ? row.remark.mark : null))).toEqual([
      { kind: "stream", text: "PCMU ⇄" },
      { kind: "stream", text: "PCMU →" },
      { kind: "digits", text: "5#" },
      null,
      { kind: "figures", lostPercent: 5, mos: 3.2 },
    ]);
  });

  it("live through a run of old, which does not say what was agreed on", () => {
    const { rows, pieces } = look(new Script().started().media("alice", "stream-started", "PCMU").events);
    expect(pieces.map(({ stretch }) => stretch.flow)).toEqual([null]);
    expect(rows.map((row) => row.kind === "remark" && row.remark.mark)).toEqual([null]);
  });
});
