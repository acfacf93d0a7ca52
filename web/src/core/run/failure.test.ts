import { describe, expect, it } from "vitest";
import { addressOfSection, failureAt, type Hint, hintFor } from "./failure";
import type { Saying } from "./sayings";
import { refusedCall, Script, twoPartyCall } from "./fixtures";

const HINTS: readonly Hint[] = [
  { statuses: [486], codes: [], rfc: "RFC 3261 §21.4.24", text: "busy" },
  { statuses: [], codes: ["nothing"], rfc: "", text: "raise the timeout" },
];

describe("a failure", () => {
  const { events } = refusedCall();
  const seq =
    events.findIndex((event) => event.event === "scenario:node-state" && event.newState === "failed") + 1;

  it("tells what was expected and what came instead", () => {
    const failure = failureAt(events, seq);
    expect([failure?.expected, failure?.got, failure?.callId]).toEqual([
      "answered",
      "486 Busy Here",
      "call-1",
    ]);
  });

  it("is read from the event's own fields where it has them", () => {
    const script = new Script().node("n", "a", "failed", "expected x, y, got z, got q", {
      expected: "x, y",
      got: "z, got q",
    });
    const failure = failureAt(script.events, 1);
    expect([failure?.expected, failure?.got]).toEqual(["x, y", "z, got q"]);
  });

  it("brings the last messages of its call as the instance saw them, the last one last", () => {
    const messages = failureAt(events, seq)?.messages ?? [];
    expect(messages.map(({ method, statusCode, direction }) => [direction, statusCode ?? method])).toEqual([
      ["sent", "INVITE"],
      ["received", 486],
      ["sent", "ACK"],
    ]);
  });

  it("of the whole run is that of the node which ended it", () => {
    expect(failureAt(events, events.length)?.seq).toBe(seq);
  });

  it("of a run without a node to blame is told by the last event", () => {
    const script = new Script().started().failed("registration refused", null);
    expect(failureAt(script.events, 2)).toMatchObject({ nodeId: null, error: "registration refused" });
  });

  it("is none where nothing has failed", () => {
    const passed = twoPartyCall().events;
    expect(passed.map(({ seq }) => failureAt(passed, seq))).toEqual(passed.map(() => null));
  });
});

describe("what to try", () => {
  const failed = (error: string, said?: Saying) => {
    const told = said === undefined ? {} : { said: { error: said } };
    const failure = failureAt(new Script().node("n", "a", "failed", error, told).events, 1);
    return failure === null ? null : hintFor(failure, HINTS);
  };

  it("follows from the response that came", () => {
    expect(failed("expected answered, got 486 Busy Here")?.text).toBe("busy");
  });

  it("follows from the last message where the error names none", () => {
    const script = new Script()
      .request("alice", "bob", "INVITE")
      .response("bob", "alice", 486, "Busy Here")
      .node("n", "alice", "failed", "expected CONNECTED, got nothing within 10 s");
    const failure = failureAt(script.events, 5);
    expect(failure && hintFor(failure, HINTS)?.text).toBe("busy");
  });

  it("follows from a code within what the error says, in whatever language that is told", () => {
    const came = { code: "within", values: { what: { code: "nothing", values: {} }, seconds: 10 } };
    expect(failed("…", { code: "failed", values: { came } })?.text).toBe("raise the timeout");
  });

  it("is nothing in particular where nothing fits", () => {
    expect(failed("internal error")).toBeNull();
  });
});

describe("words of a failure", () => {
  it("lead to the section of an RFC", () => {
    expect(addressOfSection("RFC 3261 §21.4.24")).toBe(
      "https://www.rfc-editor.org/rfc/rfc3261#section-21.4.24",
    );
    expect(addressOfSection("javascript:alert(1)")).toBeNull();
  });
});
