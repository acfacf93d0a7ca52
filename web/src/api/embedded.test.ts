import { describe, expect, it } from "vitest";
import { twoPartyCall } from "@/core/run/fixtures";
import { type Blocks, readEmbedded } from "./embedded";

const script = twoPartyCall();
const { events } = script;
const run = script.info({ result: "completed", lastSeq: events.length });
const blocks: Blocks = (name) =>
  name === "run"
    ? [
        JSON.stringify({
          run,
          recordings: [{ id: "a1" }, { id: "b2" }],
          flowData: { nodes: [] },
          nodeTypes: { ko: ["a"] },
          hints: { en: [1] },
          texts: { en: { a: "b" } },
        }),
      ]
    : name === "recording-a1"
      ? [JSON.stringify({ waveform: { peaks: [[0.5]] }, data: btoa("RIFF") })]
      : name.startsWith("recording")
        ? []
        : [JSON.stringify(events.slice(0, 10)), JSON.stringify(events.slice(10))];

const ask = async (path: string, method = "GET") => await readEmbedded(blocks)?.source(method, path, {});

describe("a page with a run inside", () => {
  it("is told from one without", () => {
    expect(readEmbedded(() => [])).toBeNull();
    expect(readEmbedded(blocks)?.run.id).toBe(run.id);
  });

  it("answers for the run with its document", async () => {
    expect(await ask(`/api/runs/${run.id}`)).toEqual({ ...run, flowData: { nodes: [] } });
  });

  it("answers with the events page by page, and again from the beginning", async () => {
    const source = readEmbedded(blocks)?.source;
    const path = (after: number) => `/api/runs/${run.id}/events?after=${after}&limit=2000`;
    const first = { events: events.slice(0, 10), lastSeq: events.length };
    expect(await source?.("GET", path(0), {})).toEqual(first);
    expect(await source?.("GET", path(10), {})).toEqual({ ...first, events: events.slice(10) });
    expect(await source?.("GET", path(0), {})).toEqual(first);
  });

  it("answers in the language asked for", async () => {
    expect(await ask("/api/node-types?lang=ko")).toEqual(["a"]);
    expect(await ask("/api/failure-hints?lang=en")).toEqual([1]);
    expect(await ask("/api/texts?lang=en")).toEqual({ a: "b" });
  });

  it("holds recordings, and tells which it has no room for", async () => {
    const path = (id: string) => `/api/runs/${run.id}/recordings/${id}`;
    expect(await ask(`/api/runs/${run.id}/recordings`)).toEqual([{ id: "a1" }, { id: "b2" }]);
    expect(await ask(`${path("a1")}/waveform?points=600`)).toEqual({ peaks: [[0.5]] });
    const embedded = readEmbedded(blocks);
    const url = embedded?.fileAt(path("a1")) ?? "";
    expect(await (await fetch(url)).text()).toBe("RIFF");
    expect(embedded?.fileAt(path("a1"))).toBe(url);
    expect(embedded?.fileAt(path("b2"))).toBeNull();
    await expect(ask(`${path("b2")}/waveform?points=600`)).rejects.toMatchObject({ isOffline: true });
  });

  it("has no server to ask for anything else", async () => {
    await expect(ask("/api/projects")).rejects.toMatchObject({ isOffline: true });
    await expect(ask(`/api/runs/${run.id}`, "DELETE")).rejects.toMatchObject({ isOffline: true });
  });
});
