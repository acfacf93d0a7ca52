import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SipMessageEvent } from "@/core/run/events";
import { arrangeLanes, hostOf } from "./lanes";
import { countAt, countOf, countUntil, LadderModel } from "./model";
import { addressOf, eventsOf, type Sent, sentMessage } from "./samples";

const messages = fc.array(sentMessage, { maxLength: 40 });
const modelOf = (...batches: Parameters<LadderModel["add"]>[0][]) => {
  const model = new LadderModel();
  for (const batch of batches) model.add(batch);
  return model;
};
const drawn = (model: LadderModel) =>
  model.arrows.map((arrow) => [arrow.id, arrow.source, arrow.target, countOf(arrow)]);

const CALL: Sent = {
  source: "alice",
  target: "bob",
  method: "INVITE",
  status: null,
  reason: "",
  note: "",
  sipCallId: "c1",
  sent: 1,
  received: 1,
};

describe("arrows", () => {
  it("hold every event once", () => {
    fc.assert(
      fc.property(messages, (sent) => {
        const events = eventsOf(sent);
        const model = modelOf(events);
        expect(model.arrows).toHaveLength(sent.length);
        expect(model.arrows.flatMap(({ sights }) => sights)).toEqual(events);
      }),
    );
  });

  it("stand between who sent and who received, folded as often as they went", () => {
    fc.assert(
      fc.property(messages, fc.array(fc.nat(), { maxLength: 20 }), (sent, shuffle) => {
        // Whoever never showed up at an end of his own is known by his address alone.
        const seen = new Set(eventsOf(sent).map((event) => (event as SipMessageEvent).instanceId ?? ""));
        const nameOf = (end: string) => (seen.has(end) ? end : addressOf(end));
        const model = modelOf(eventsOf(sent, shuffle));
        expect(drawn(model).map(([, ...rest]) => rest)).toEqual(
          sent.map((one) => [nameOf(one.source), nameOf(one.target), Math.max(one.sent, one.received)]),
        );
      }),
    );
  });

  it("are the same whether events come at once or in batches", () => {
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 7 }), (sent, size) => {
        const events = eventsOf(sent);
        const batches = Array.from({ length: Math.ceil(events.length / size) }, (_, at) =>
          events.slice(at * size, (at + 1) * size),
        );
        const [whole, grown] = [modelOf(events), modelOf(...batches)];
        expect(drawn(grown)).toEqual(drawn(whole));
        expect(grown.strangers()).toEqual(whole.strangers());
        expect(grown.addresses).toEqual(whole.addresses);
      }),
    );
  });

  it("are cut at a cursor as if no more had come", () => {
    fc.assert(
      fc.property(messages, fc.nat(80), (sent, seq) => {
        const events = eventsOf(sent);
        const [whole, past] = [modelOf(events), modelOf(events.slice(0, seq))];
        const cut = whole.arrows.slice(0, countUntil(whole.arrows, seq));
        expect(cut.map((arrow) => [arrow.id, countAt(arrow, seq)])).toEqual(
          past.arrows.map((arrow) => [arrow.id, countOf(arrow)]),
        );
      }),
    );
  });
});

describe("lanes", () => {
  const instances = [
    { id: "bob", name: "Bob" },
    { id: "alice", name: "Alice" },
    { id: "dave", name: "Dave" },
  ];
  const lanesOf = (model: LadderModel, isMerged = false) =>
    arrangeLanes(instances, model.addresses, model.strangers(), isMerged);

  it("are the instances in the document's order, then strangers in the order of their first message", () => {
    const model = modelOf(
      eventsOf([
        { ...CALL, source: "192.0.2.7:5060", sent: 0 },
        { ...CALL, source: "alice", target: "[2001:db8::7]:5061", received: 0 },
      ]),
    );
    expect(lanesOf(model).lanes.map(({ name, address }) => [name, address])).toEqual([
      ["Bob", "127.0.0.1:5062"],
      ["Alice", "127.0.0.1:5060"],
      ["Dave", ""],
      ["192.0.2.7:5060", "192.0.2.7:5060"],
      ["[2001:db8::7]:5061", "[2001:db8::7]:5061"],
    ]);
  });

  it("give an arrow to an instance as soon as its address turns out to be its own", () => {
    const events = eventsOf([
      { ...CALL, received: 0 },
      { ...CALL, source: "bob", target: "alice", received: 0 },
    ]);
    const model = modelOf(events.slice(0, 1));
    expect(model.arrows[0]?.target).toBe("127.0.0.1:5062");
    expect(model.strangers()).toEqual(["127.0.0.1:5062"]);
    model.add(events.slice(1));
    expect(model.arrows[0]?.target).toBe("bob");
    expect(model.strangers()).toEqual([]);
    expect(model.moves).toBe(1);
  });

  it("know a far end by a port that only the other side saw", () => {
    const [sent, received] = eventsOf([CALL]) as [SipMessageEvent, SipMessageEvent];
    const answer = {
      ...received,
      seq: 3,
      firstSeq: 3,
      direction: "sent",
      remoteAddress: "127.0.0.1:40001",
    } as const;
    const model = modelOf([sent, { ...received, remoteAddress: "127.0.0.1:40001" }, answer]);
    expect(model.arrows.map(({ source, target }) => [source, target])).toEqual([
      ["alice", "bob"],
      ["bob", "alice"],
    ]);
  });

  it("can hold all strangers of one host", () => {
    const model = modelOf(
      eventsOf([
        { ...CALL, source: "192.0.2.7:5060", sent: 0 },
        { ...CALL, source: "192.0.2.7:5099", sent: 0 },
      ]),
    );
    const { lanes, places } = lanesOf(model, true);
    expect(lanes.map(({ name }) => name)).toEqual(["Bob", "Alice", "Dave", "192.0.2.7"]);
    expect(places.get("192.0.2.7:5099")).toBe(3);
  });

  it("tell a host from a port", () => {
    expect(["127.0.0.1:5060", "[::1]:5060", "pbx"].map(hostOf)).toEqual(["127.0.0.1", "[::1]", "pbx"]);
  });
});
