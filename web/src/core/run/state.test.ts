import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusedCall, Script, twoPartyCall } from "./fixtures";
import type { RunEvent } from "./events";
import { advance, NOT_STARTED, type NodeRun, Recording, titleOf } from "./state";

const titleAt = (events: readonly RunEvent[], node: NodeRun | undefined): string => {
  const event = events[(node?.message ?? 0) - 1];
  return event?.event === "scenario:sip-message" ? titleOf(event) : "";
};

describe("a run's state", () => {
  it("tells how every node stands, since when, and by which message", () => {
    const { events } = twoPartyCall();
    const { nodes, result, messages: count } = advance(NOT_STARTED, events);
    expect(nodes.get("call")).toMatchObject({ state: "completed", error: null });
    const messages = ["call", "incoming", "ring", "answer"].map((id) => titleAt(events, nodes.get(id)));
    expect(messages).toEqual(["INVITE", "INVITE", "180 Ringing", "200 OK"]);
    const { since, until } = nodes.get("hangup") ?? {};
    expect((until ?? 0) - (since ?? 0)).toBe(440);
    expect([result, count]).toEqual(["completed", 6]);
  });

  it("names the message that a wait ended with, not the first that came by", () => {
    const script = new Script().started().node("connected", "alice", "running");
    script
      .response("bob", "alice", 180, "Ringing")
      .response("bob", "alice", 200, "OK")
      .request("alice", "bob", "ACK");
    const { nodes } = advance(NOT_STARTED, script.events);
    expect(titleAt(script.events, nodes.get("connected"))).toBe("200 OK");
  });

  it("names the message that a node took, though it came before the node began", () => {
    const script = new Script().started().response("bob", "alice", 200, "OK");
    script.node("connected", "alice", "running").request("bob", "alice", "INFO");
    script.node("connected", "alice", "completed", null, { messageSeq: 2 });
    const { nodes } = advance(NOT_STARTED, script.events);
    expect(titleAt(script.events, nodes.get("connected"))).toBe("200 OK");
  });

  it("remembers the failure, with its node and error", () => {
    const state = advance(NOT_STARTED, refusedCall().events);
    expect(state).toMatchObject({ result: "failed", errorNodeId: "call" });
    expect(state.nodes.get("call")?.error).toContain("486 Busy Here");
  });

  it("tells a node that a stop has cut off from one that has failed", () => {
    const script = new Script().node("wait", "a", "running").node("call", "b", "running");
    script.node("call", "b", "failed", "expected answered").node("wait", "a", "failed", "stopped");
    const { nodes } = advance(NOT_STARTED, script.events);
    expect([nodes.get("wait")?.state, nodes.get("wait")?.error]).toEqual(["stopped", null]);
    expect([nodes.get("call")?.state, nodes.get("call")?.error]).toEqual(["failed", "expected answered"]);
  });

  it("is the same at any event, whether reached at once or from a checkpoint", () => {
    const script = new Script().started();
    for (let round = 0; round < 2_500; round++)
      script
        .node(`n${round % 7}`, "alice", round % 2 === 0 ? "running" : "completed")
        .request("alice", "bob", "INFO");
    const recording = new Recording();
    recording.append(script.events);
    fc.assert(
      fc.property(fc.nat(script.events.length), (seq) => {
        expect(recording.stateAt(seq)).toEqual(advance(NOT_STARTED, script.events.slice(0, seq)));
      }),
      { numRuns: 25 },
    );
  });
});
