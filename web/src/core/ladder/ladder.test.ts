import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OFFER, Script, twoPartyCall } from "@/core/run/fixtures";
import type { RunEvent } from "@/core/run/events";
import { comparable, previousAlike } from "./alike";
import { piecesIn } from "./bars";
import { Ladder } from "./ladder";
import { pbxsIn } from "./lanes";
import { layLanes, MIN_GAP } from "./layout";
import { NOTHING_HIDDEN } from "./rows";
import { eventsOf, sentMessage } from "./samples";

const ladderOf = (events: readonly RunEvent[]) => {
  const ladder = new Ladder();
  ladder.take(events);
  return ladder;
};
const described = (script: Script): Script => {
  for (const event of script.events)
    if (event.event === "scenario:sip-message" && event.raw.includes("m=audio"))
      event.note = /a=(sendrecv|sendonly|recvonly|inactive)/.exec(event.raw)?.[1] ?? "";
  return script;
};
const heldCall = () =>
  described(
    twoPartyCall()
      .request("alice", "bob", "INVITE", OFFER.replace("sendrecv", "sendonly"))
      .response("bob", "alice", 200, "OK", "INVITE", OFFER.replace("sendrecv", "recvonly")),
  );

describe("the ladder of a run", () => {
  it("is the same whether its events come at once or one by one", () => {
    fc.assert(
      fc.property(fc.array(sentMessage, { maxLength: 30 }), (sent) => {
        const events = eventsOf(sent);
        const grown = new Ladder();
        for (let end = 1; end <= events.length; end++) {
          grown.take(events.slice(0, end));
          grown.shown(NOTHING_HIDDEN);
        }
        const whole = ladderOf(events);
        expect(grown.shown(NOTHING_HIDDEN).rows).toEqual(whole.shown(NOTHING_HIDDEN).rows);
        expect(grown.shown(NOTHING_HIDDEN).bars).toEqual(whole.shown(NOTHING_HIDDEN).bars);
        expect([...grown.calls.values()].map(({ messages }) => messages)).toEqual(
          [...whole.calls.values()].map(({ messages }) => messages),
        );
      }),
    );
  });

  it("shows what a filter leaves, and nothing else", () => {
    fc.assert(
      fc.property(fc.array(sentMessage, { maxLength: 30 }), (sent) => {
        const ladder = ladderOf(eventsOf(sent));
        const filter = {
          ...NOTHING_HIDDEN,
          hiddenMethods: new Set(["INVITE"]),
          hiddenCalls: new Set(["c2"]),
        };
        const shown = ladder
          .shown(filter)
          .rows.flatMap((row) => (row.kind === "arrow" ? [row.arrow.id] : []));
        const wanted = ladder.model.arrows.filter(
          ({ first }) => first.method !== "INVITE" && first.sipCallId !== "c2",
        );
        expect(shown).toEqual(wanted.map(({ id }) => id));
      }),
    );
  });

  it("tells where media begin, and where a hold does", () => {
    const { rows } = ladderOf(heldCall().events).shown(NOTHING_HIDDEN);
    const flows = rows.flatMap((row) => (row.kind === "media" ? [row.begun.stretch.flow] : []));
    expect(flows).toEqual(["both", "forward"]);
  });

  it("marks a node that failed at the lane of its instance", () => {
    const events = new Script().started().node("call", "alice", "failed", "expected 200, got 486").events;
    const rows = ladderOf(events).shown(NOTHING_HIDDEN).rows;
    expect(rows.map((row) => (row.kind === "remark" ? [row.remark.lane, row.remark.text] : []))).toEqual([
      ["alice", "expected 200, got 486"],
    ]);
  });
});

describe("bars", () => {
  const pieces = (ladder: Ladder, seq = Infinity) => {
    const { rows, bars } = ladder.shown(NOTHING_HIDDEN);
    const count = rows.filter(({ id }) => id <= seq).length;
    return piecesIn(bars, rows, { count, seq, start: 0, end: rows.length });
  };

  it("go from the answer to the BYE", () => {
    const ladder = ladderOf(described(twoPartyCall()).events);
    const { rows } = ladder.shown(NOTHING_HIDDEN);
    const lines = pieces(ladder).map(({ from, to }) => [from, to].map((at) => rows[at]?.kind === "arrow"));
    expect(lines).toHaveLength(1);
    const last = rows[pieces(ladder)[0]?.to ?? -1];
    expect(last?.kind === "arrow" && last.arrow.first.method).toBe("BYE");
  });

  it("are open where the cursor cuts them", () => {
    const ladder = ladderOf(described(twoPartyCall()).events);
    const ack = ladder.model.arrows.find(({ first }) => first.method === "ACK");
    expect(pieces(ladder, ack?.id).map(({ isOpen }) => isOpen)).toEqual([true]);
    expect(pieces(ladder, 1)).toEqual([]);
  });
});

describe("messages to compare with", () => {
  it("are the one of the same kind before, and those of the call", () => {
    const { arrows } = ladderOf(twoPartyCall().request("alice", "bob", "INVITE").events).model;
    const [invite, again] = [arrows[0], arrows.at(-1)];
    if (invite === undefined || again === undefined) throw new Error("no arrows");
    expect(previousAlike(arrows, again)).toBe(invite);
    expect(previousAlike(arrows, invite)).toBe(null);
    expect(comparable(arrows, again)).toEqual(arrows.slice(0, -1));
    expect(comparable(arrows, again, 2)).toHaveLength(2);
  });
});

describe("lanes", () => {
  it("stand as far apart as words need, or a little closer where all fit then, and none is lost", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 4000 }), (count, room) => {
        const { xs, gap, width } = layLanes(count, room);
        expect(xs).toHaveLength(count);
        if (width > room) expect(gap).toBe(MIN_GAP);
        else expect(gap).toBeGreaterThanOrEqual(100);
        expect(Math.max(0, ...xs)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it("know a PBX by the address that an instance names", () => {
    const node = (data: Record<string, unknown>) => ({
      id: "a",
      type: "sipInstance" as const,
      position: { x: 0, y: 0 },
      data,
    });
    const nodes = [
      node({ pbxHost: "192.0.2.1", pbxPort: 5080 }),
      node({ pbxHost: "::1" }),
      node({ pbxHost: "" }),
    ];
    expect([...pbxsIn({ nodes, edges: [] }).keys()]).toEqual(["192.0.2.1:5080", "[::1]:5060"]);
  });
});
