import { describe, expect, it } from "vitest";
import type { SipMessageEvent } from "@/core/run/events";
import { Script } from "@/core/run/fixtures";
import { LadderModel } from "./model";
import { isOf, nodeAt, workOf } from "./nodes";

/** Bob hangs up while Alice still waits for something else; then her next node takes the BYE. */
function early() {
  const { events } = new Script()
    .started()
    .node("talk", "alice", "running")
    .request("bob", "alice", "BYE")
    .response("alice", "bob", 200, "OK", "BYE")
    .node("talk", "alice", "completed")
    .node("ended", "alice", "running")
    .node("ended", "alice", "completed", null, { messageSeq: 3 });
  const model = new LadderModel();
  model.add(events);
  return { events, arrows: model.arrows };
}

describe("a node and its messages", () => {
  it("belong together where the node took what had come before it began", () => {
    const { events, arrows } = early();
    const work = workOf(events, "ended");
    expect(
      arrows.filter((arrow) => work !== null && isOf(arrow, work)).map(({ first }) => first.method),
    ).toEqual(["BYE"]);
    expect(nodeAt(events, events[3] as SipMessageEvent)).toBe("ended");
  });

  it("belong together where the message went by while the node was at work", () => {
    const { events, arrows } = early();
    const work = workOf(events, "talk");
    expect(arrows.map((arrow) => work !== null && isOf(arrow, work))).toEqual([true, true]);
    expect(nodeAt(events, events[4] as SipMessageEvent)).toBe("talk");
  });
});
