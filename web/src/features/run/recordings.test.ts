import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { RecordingFile } from "@/api/recordings";
import { Script } from "@/core/run/fixtures";
import { followMedia } from "./media";
import { followRecordings, useRecordings } from "./recordings";
import { beginView, grown, useRun } from "./store";

/** What the server has on its disk, and how long each of its answers, made at once, is on its way. */
let onDisk: readonly RecordingFile[] = [];
let delaysMs: number[] = [];
const requests: string[] = [];

const file = (durationMs: number): RecordingFile => ({
  id: "a",
  name: "a.wav",
  sizeBytes: 44 + 32 * durationMs,
  durationMs,
});
const script = () => new Script().started();
let ends: (() => void)[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  requests.length = 0;
  delaysMs = [];
  vi.stubGlobal("location", new URL("http://test/"));
  vi.stubGlobal("fetch", async (path: string) => {
    requests.push(path);
    const answer = onDisk;
    await new Promise((resolve) => setTimeout(resolve, delaysMs.shift() ?? 5));
    return Response.json(answer);
  });
  beginView(script().info(), "live");
  ends = [followMedia(), followRecordings()];
});
afterEach(() => {
  for (const end of ends) end();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The run tells of its recording again; returns at once. */
function tell(detail: string): void {
  const { recording } = useRun.getState();
  const told = new Script().media("alice", "recording", detail).events;
  recording.append(told.map((event) => ({ ...event, seq: recording.lastSeq + 1 })));
  grown();
}

function end(): void {
  useRun.setState(({ run }) => ({ run: run && { ...run, result: "completed", endedAt: 1 } }));
}

const seen = () => {
  const { files, isFinal } = useRecordings.getState();
  return [files.map(({ durationMs }) => durationMs), isFinal];
};

it("knows the recordings as they are at the end, however late an answer from before it comes", async () => {
  delaysMs = [2_000];
  onDisk = [file(0)];
  tell("a.wav");
  await vi.advanceTimersByTimeAsync(1_000);
  onDisk = [file(2_500)];
  tell("a.wav: 2.5 s");
  end();
  await vi.advanceTimersByTimeAsync(1_100);
  expect(seen()).toEqual([[0], false]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(seen()).toEqual([[2_500], true]);
});

it("looks at once when a recording has ended, and once for all that end together", async () => {
  onDisk = [file(0)];
  tell("a.wav");
  await vi.advanceTimersByTimeAsync(1_000);
  onDisk = [file(2_500)];
  tell("a.wav: 2.5 s");
  await vi.advanceTimersByTimeAsync(10);
  expect(seen()).toEqual([[2_500], false]);
  for (let count = 0; count < 20; count++) tell("b.wav: 2.5 s");
  end();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(requests).toHaveLength(3);
  expect(seen()).toEqual([[2_500], true]);
});

it("never shows what another run has recorded", async () => {
  delaysMs = [50];
  onDisk = [file(1_000)];
  tell("a.wav");
  await vi.advanceTimersByTimeAsync(10);
  beginView(new Script("run-2").info(), "live");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(seen()).toEqual([[], false]);
  tell("a.wav");
  await vi.advanceTimersByTimeAsync(10);
  expect(useRecordings.getState().runId).toBe("run-2");
});
