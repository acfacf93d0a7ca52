import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Finding } from "@/api/catalogue";
import type { FlowDocument } from "@/core/document/types";
import { useEditor } from "@/features/editor/store";
import { useWorkspace } from "@/features/workspace/store";
import { followProblems } from "./follow";
import { showFindings, useProblems } from "./store";

interface Asked {
  document: FlowDocument;
  answer: (findings: Finding[]) => Promise<void>;
  fail: () => Promise<void>;
}
const finding = (message: string, nodeId: string | null = null, severity: Finding["severity"] = "error") => ({
  severity,
  nodeId,
  edgeId: null,
  field: null,
  code: "x",
  message,
});
const messages = () => useProblems.getState().findings.map(({ message }) => message);

describe("the problems of the document", () => {
  let asked: Asked[] = [];
  let end = () => {};

  beforeEach(() => {
    vi.useFakeTimers();
    asked = [];
    showFindings([]);
    useWorkspace.setState({ open: { id: "s", projectId: "p", name: "", baseVersion: 1 } });
    vi.stubGlobal("fetch", (_: string, { body }: { body: string }) => {
      return new Promise<Response>((resolve, reject) => {
        const settle = () => vi.advanceTimersByTimeAsync(0).then(() => undefined);
        asked.push({
          document: (JSON.parse(body) as { flowData: FlowDocument }).flowData,
          answer: (findings) => {
            resolve(Response.json({ findings }));
            return settle();
          },
          fail: () => {
            reject(new TypeError("refused"));
            return settle();
          },
        });
      });
    });
    end = followProblems();
  });
  afterEach(() => {
    end();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });
  const edit = (text: string) => useEditor.getState().updateDocument({ text });

  it("are asked for once after a burst of edits", async () => {
    await vi.advanceTimersByTimeAsync(0);
    for (const text of ["a", "b", "c"]) {
      edit(text);
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.advanceTimersByTimeAsync(250);
    expect(asked.map(({ document }) => document.text)).toEqual([undefined, "c"]);
  });

  it("are not those of an answer that an edit has overtaken", async () => {
    await vi.advanceTimersByTimeAsync(0);
    edit("newer");
    await asked[0]?.answer([finding("old")]);
    expect(messages()).toEqual([]);
    await vi.advanceTimersByTimeAsync(250);
    await asked[1]?.answer([finding("new")]);
    expect(messages()).toEqual(["new"]);
  });

  it("are asked for again when nobody answers", async () => {
    await vi.advanceTimersByTimeAsync(0);
    await asked[0]?.fail();
    await vi.advanceTimersByTimeAsync(3_000);
    await asked[1]?.answer([finding("here")]);
    expect(messages()).toEqual(["here"]);
  });

  it("stand with their nodes, errors first, and keep the list of a node where nothing changed", () => {
    showFindings([finding("doubtful", "a", "warning"), finding("wrong", "a")]);
    const before = useProblems.getState().byNode.get("a");
    expect(before?.map(({ message }) => message)).toEqual(["wrong", "doubtful"]);
    showFindings([finding("wrong", "a"), finding("doubtful", "a", "warning"), finding("other", "b")]);
    expect(useProblems.getState().byNode.get("a")).toBe(before);
    expect(useProblems.getState()).toMatchObject({ errors: 2, warnings: 1 });
  });

  it("are none where no scenario is open", async () => {
    useWorkspace.setState({ open: null });
    showFindings([finding("of the one before")]);
    edit("nothing");
    await vi.advanceTimersByTimeAsync(300);
    expect([asked.length, messages()]).toEqual([0, []]);
  });
});
