import { describe, expect, it } from "vitest";
import type { RunEvent } from "./events";
import { refusedCall, Script, twoPartyCall } from "./fixtures";
import { EVERYTHING, levelOf, type LogFilter, LogLines, textOf, type Words } from "./log";
import { asItCame, teller } from "./sayings";

const words: Words = {
  tell: asItCame,
  node: (id) => id.toUpperCase(),
  state: {
    pending: "pending",
    running: "running",
    completed: "passed",
    failed: "failed",
    stopped: "cut off",
  },
  level: { debug: "Debug", info: "Info", warning: "Warning", error: "Error" },
  started: "The run begins",
  completed: "The run has passed",
  failed: "The run has failed",
  stopped: "The run was stopped",
};

function linesOf(events: readonly RunEvent[], filter: Partial<LogFilter> = {}): LogLines {
  const lines = new LogLines({ ...EVERYTHING, ...filter }, words, new Set());
  lines.grow(events, Infinity);
  return lines;
}

describe("a line of the log", () => {
  const texts = refusedCall().events.map((event) => textOf(event, words));

  it("names a node as people do, with its error", () => {
    expect(texts).toContain("CALL: running");
    expect(texts).toContain("CALL: failed: expected answered, got 486 Busy Here on call call-1");
  });

  it("tells a message with where it went", () => {
    expect(texts).toContain("→ INVITE  UDP 127.0.0.1:5062");
    expect(texts).toContain("← 486 Busy Here · INVITE  UDP 127.0.0.1:5062");
  });

  it("writes out what would hide or turn the text round", () => {
    const [event] = new Script().log("a\u202eb\nc").events;
    expect(event && textOf(event, words)).toBe("a\\u{202e}b\\u{a}c");
  });

  it("is told in the reader's language where the event says how", () => {
    const tell = teller({ "cleanup-starts": "정리를 시작합니다" });
    const said = { message: { code: "cleanup-starts", values: {} } };
    const [spoken, plain] = new Script().log("Starting cleanup", { said }).log("Starting cleanup").events;
    expect(spoken && textOf(spoken, { ...words, tell })).toBe("정리를 시작합니다");
    expect(plain && textOf(plain, { ...words, tell })).toBe("Starting cleanup");
  });

  it("of a failed node is an error, but of one that was cut off a warning", () => {
    const [failed, cut] = new Script()
      .node("n", "a", "failed", "x")
      .node("m", "a", "failed", "stopped").events;
    expect(failed && levelOf(failed)).toBe("error");
    expect(cut && levelOf(cut)).toBe("warning");
  });
});

describe("the lines of the log", () => {
  const { events } = twoPartyCall();

  it("are all events when nothing is left out", () => {
    expect(linesOf(events).seqs).toEqual(events.map(({ seq }) => seq));
  });

  it("are those of one instance", () => {
    const shown = linesOf(events, { instanceId: "bob" }).seqs.map((seq) => events[seq - 1]?.instanceId);
    expect(new Set(shown)).toEqual(new Set(["bob"]));
  });

  it("are those of one call", () => {
    const shown = linesOf(events, { callId: "call-1" }).seqs.map((seq) => events[seq - 1]?.event);
    expect(new Set(shown)).toEqual(new Set(["scenario:sip-message"]));
  });

  it("are those that matter enough", () => {
    const failed = refusedCall().events;
    expect(linesOf(failed, { level: "error" }).seqs.length).toBe(2);
  });

  it("are those that hold a text, in any case of letters", () => {
    expect(linesOf(events, { text: "CLEANUP" }).seqs.length).toBe(1);
  });

  it("come a few at a time to the same end", () => {
    const lines = new LogLines(EVERYTHING, words, new Set());
    while (!lines.grow(events, 3));
    expect(lines.seqs).toEqual(linesOf(events).seqs);
  });

  it("are cut by a cursor that lies between them", () => {
    const lines = linesOf(events, { instanceId: "bob" });
    expect(lines.countUntil(5)).toBe(lines.seqs.filter((seq) => seq <= 5).length);
    expect(lines.countUntil(0)).toBe(0);
    expect(lines.countUntil(1_000)).toBe(lines.seqs.length);
  });

  it("tell every call there is, shown or not", () => {
    const calls = new Set<string>();
    new LogLines({ ...EVERYTHING, text: "nowhere" }, words, calls).grow(events, Infinity);
    expect([...calls]).toEqual(["call-1"]);
  });
});
