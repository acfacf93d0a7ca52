import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { RunEvent, RunInfo } from "@/core/run/events";
import { Script, twoPartyCall } from "@/core/run/fixtures";
import type { Frame } from "@/core/run/frames";

/** The server's side of the contract, in memory: its record, and what it tells each socket. */
class Server {
  readonly said: string[] = [];
  events: RunEvent[] = [];
  run: RunInfo | null = null;
  isUp = true;
  private clients: { socket: FakeSocket; seq: number; runId: string }[] = [];

  begin(script: Script): void {
    this.events = [];
    this.run = script.info();
    for (const { socket } of this.clients) socket.tell({ type: "run", run: this.run });
  }

  add(events: readonly RunEvent[]): void {
    this.events.push(...events);
    if (this.run === null || events.at(-1)?.event !== "scenario:completed") return;
    this.run = { ...this.run, result: "completed", endedAt: 1, lastSeq: this.events.length };
    for (const client of this.clients) {
      this.deliver(client);
      client.socket.tell({ type: "run", run: this.run });
    }
  }

  /** Send every socket the next `count` events that it has not been sent. */
  tell(count: number): void {
    for (const client of this.clients) this.deliver(client, count);
  }

  cut(): void {
    for (const { socket } of this.clients.splice(0)) socket.onclose?.();
  }

  connect(socket: FakeSocket, query: URLSearchParams): void {
    if (!this.isUp) {
      socket.onclose?.();
      return;
    }
    socket.onopen?.();
    const { run } = this;
    const runId = query.get("runId") ?? "";
    const after = Number(query.get("after") ?? 0);
    const client = { socket, runId, seq: after };
    this.clients.push(client);
    if (run === null) socket.tell({ type: "idle" });
    else if (run.id === runId) socket.tell({ type: "run", run });
    else {
      Object.assign(client, { runId: run.id, seq: this.events.length });
      socket.tell(run.endedAt === null ? { type: "snapshot", run, seq: client.seq } : { type: "idle" });
    }
  }

  answer(path: string): Response {
    if (!this.isUp) throw new TypeError("no server");
    const url = new URL(path, "http://test");
    if (this.run === null || !url.pathname.startsWith(`/api/runs/${this.run.id}`))
      return Response.json({ error: { code: "not-found", message: "no such run" } }, { status: 404 });
    if (!url.pathname.endsWith("/events"))
      return Response.json({ ...this.run, flowData: { nodes: [], edges: [] } });
    const after = Number(url.searchParams.get("after"));
    return Response.json({ events: this.events.slice(after, after + 7), lastSeq: this.events.length });
  }

  private deliver(client: { socket: FakeSocket; seq: number; runId: string }, count = Infinity): void {
    if (this.run === null) return;
    if (client.runId !== this.run.id) Object.assign(client, { runId: this.run.id, seq: 0 });
    const events = this.events.slice(client.seq, client.seq + count);
    client.seq += events.length;
    if (events.length > 0) client.socket.tell({ type: "events", runId: this.run.id, events });
  }
}

let server = new Server();

class FakeSocket {
  static readonly OPEN = 1;
  readonly readyState = 1;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor(url: URL) {
    setTimeout(() => server.connect(this, url.searchParams), 1);
  }

  send(text: string): void {
    server.said.push(text);
  }

  tell(frame: Frame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

async function openPage() {
  vi.resetModules();
  const { followRuns } = await import("./follow");
  const { useRun } = await import("./store");
  followRuns();
  await vi.advanceTimersByTimeAsync(5);
  return useRun;
}

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("location", new URL("http://test/"));
  vi.stubGlobal("document", { hidden: false, addEventListener: () => undefined });
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("requestAnimationFrame", (go: () => void) => setTimeout(go, 16));
  vi.stubGlobal("fetch", async (path: string) => {
    await new Promise((resolve) => setTimeout(resolve, 3));
    return server.answer(path);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("shows a run from its first event to its last, and how it ended", async () => {
  const useRun = await openPage();
  const script = twoPartyCall();
  server.begin(script);
  server.add(script.events);
  await vi.advanceTimersByTimeAsync(100);
  const { run, view, recording, state } = useRun.getState();
  expect([view, run?.result, state.result]).toEqual(["live", "completed", "completed"]);
  expect(recording.events).toEqual(script.events);
});

it("asks for levels while a run goes on and is shown as it goes, again on every new connection", async () => {
  const useRun = await openPage();
  const script = twoPartyCall();
  server.begin(script);
  server.add(script.events.slice(0, 9));
  server.tell(9);
  await vi.advanceTimersByTimeAsync(100);
  const [on, off] = [JSON.stringify({ watchLevels: true }), JSON.stringify({ watchLevels: false })];
  expect(server.said).toEqual([on]);
  useRun.getState().setCursor(3);
  useRun.getState().setCursor(null);
  expect(server.said).toEqual([on, off, on]);
  server.cut();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(server.said.slice(3).filter((text) => text === on)).toHaveLength(1);
  server.add(script.events.slice(9));
  await vi.advanceTimersByTimeAsync(100);
  expect(server.said.at(-1)).toBe(off);
});

it("shows a run as it stands to a page that comes in the middle of it", async () => {
  const script = twoPartyCall();
  server.begin(script);
  server.add(script.events.slice(0, 12));
  const useRun = await openPage();
  await vi.advanceTimersByTimeAsync(100);
  expect(useRun.getState().recording.events).toEqual(script.events.slice(0, 12));
  server.add(script.events.slice(12));
  await vi.advanceTimersByTimeAsync(100);
  expect(useRun.getState().recording.events).toEqual(script.events);
});

it("tells that the connection is lost, comes back, and learns that the server has ended the run", async () => {
  const useRun = await openPage();
  const script = twoPartyCall();
  server.begin(script);
  server.add(script.events.slice(0, 9));
  server.tell(9);
  await vi.advanceTimersByTimeAsync(50);
  server.isUp = false;
  server.cut();
  expect(useRun.getState().connection).toBe("lost");
  await vi.advanceTimersByTimeAsync(20_000);
  Object.assign(server, { isUp: true, run: null });
  await vi.advanceTimersByTimeAsync(6_000);
  const { connection, run, recording, live } = useRun.getState();
  expect([connection, run?.result, live?.result]).toEqual(["open", "interrupted", "interrupted"]);
  expect(recording.lastSeq).toBe(9);
});

it("does not turn from a recorded run to the live one because the connection was cut", async () => {
  const useRun = await openPage();
  const { openRun } = await import("./follow");
  server.begin(twoPartyCall("old"));
  server.add(twoPartyCall("old").events);
  await vi.advanceTimersByTimeAsync(50);
  const opening = openRun("old");
  await vi.advanceTimersByTimeAsync(100);
  await opening;
  server.cut();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(useRun.getState()).toMatchObject({ view: "recorded", connection: "open" });
});

it("has every event in the end, however often the connection is cut and the server away", async () => {
  const step = fc.oneof(
    fc.record({ what: fc.constant("add"), count: fc.integer({ min: 1, max: 15 }) }),
    fc.record({ what: fc.constant("tell"), count: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ what: fc.constantFrom("cut", "down", "up"), count: fc.constant(0) }),
    fc.record({ what: fc.constant("wait"), count: fc.integer({ min: 1, max: 400 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      server = new Server();
      const script = new Script().started();
      for (let line = 0; line < 120; line++) script.log(`line ${line}`);
      script.completed();
      const { events } = script;
      const useRun = await openPage();
      server.begin(script);
      for (const { what, count } of steps) {
        const have = server.events.length;
        if (what === "add") server.add(events.slice(have, Math.min(have + count, events.length - 1)));
        else if (what === "tell") server.tell(count);
        else if (what === "wait") await vi.advanceTimersByTimeAsync(count);
        else {
          server.isUp = what === "up" || (what === "cut" && server.isUp);
          if (what !== "up") server.cut();
        }
      }
      server.isUp = true;
      server.add(events.slice(server.events.length));
      await vi.advanceTimersByTimeAsync(20_000);
      const { recording, run } = useRun.getState();
      expect(recording.events.map(({ seq }) => seq)).toEqual(events.map(({ seq }) => seq));
      expect(run?.result).toBe("completed");
      server.cut();
      vi.clearAllTimers();
    }),
    { numRuns: 40 },
  );
}, 30_000);
