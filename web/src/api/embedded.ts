import type { NodeTypeInfo } from "@/core/catalogue";
import type { RunEvent, RunInfo } from "@/core/run/events";
import type { Hint } from "@/core/run/failure";
import type { Texts } from "@/core/run/sayings";
import { ApiError, type FileAt, type Source } from "./client";
import type { RecordingFile, Waveform } from "./recordings";

/** What the page of a single run holds besides its events. */
interface EmbeddedRun {
  run: RunInfo;
  /** All of them, those too that the page has no room for. */
  recordings: readonly RecordingFile[];
  flowData: unknown;
  nodeTypes: Readonly<Record<string, readonly NodeTypeInfo[]>>;
  hints: Readonly<Record<string, readonly Hint[]>>;
  texts: Readonly<Record<string, Texts>>;
}

/** A run that stands in the page itself, with the answers that a server would give about it. */
export interface Embedded {
  run: RunInfo;
  source: Source;
  fileAt: FileAt;
}

/** The texts of the page's data blocks of this name: `run`, `events`, and `recording-` with its id. */
export type Blocks = (name: string) => readonly string[];

/** A recording that the page holds, its file in base64. */
interface EmbeddedRecording {
  waveform: Waveform;
  data: string;
}

/** Let the browser draw before the next page of events is read. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** The run that the page holds; null where it holds none, and a server is asked. */
export function readEmbedded(blocks: Blocks): Embedded | null {
  const [text] = blocks("run");
  if (text === undefined) return null;
  const { run, recordings, flowData, nodeTypes, hints, texts } = JSON.parse(text) as EmbeddedRun;
  const pages = blocks("events");
  let next = 0;
  const own = `/api/runs/${encodeURIComponent(run.id)}`;
  const recordingAt = (path: string): EmbeddedRecording | null => {
    const id = /^\/recordings\/(\w+)(?:\/waveform)?$/.exec(path.slice(own.length))?.[1] ?? "";
    const [found] = blocks(`recording-${id}`);
    return found === undefined ? null : (JSON.parse(found) as EmbeddedRecording);
  };
  const source: Source = async (method, path) => {
    const { pathname, searchParams } = new URL(path, "http://page.invalid");
    const language = searchParams.get("lang") ?? "en";
    if (method === "GET" && pathname === "/api/node-types") return nodeTypes[language] ?? [];
    if (method === "GET" && pathname === "/api/texts") return texts[language] ?? {};
    if (method === "GET" && pathname === "/api/failure-hints") return hints[language] ?? [];
    if (method === "GET" && pathname === own) return { ...run, flowData };
    if (method === "GET" && pathname === `${own}/recordings`) return recordings;
    if (method === "GET" && pathname === `${own}/events`) {
      await pause();
      if (searchParams.get("after") === "0") next = 0;
      return { events: JSON.parse(pages[next++] ?? "[]") as RunEvent[], lastSeq: run.lastSeq };
    }
    const recording = method === "GET" && pathname.endsWith("/waveform") ? recordingAt(pathname) : null;
    if (recording !== null) return recording.waveform;
    throw new ApiError(0, "offline", "this page holds one run and has no server");
  };
  const files = new Map<string, string | null>();
  const fileAt: FileAt = (path) => {
    let url = files.get(path);
    if (url === undefined) {
      const recording = recordingAt(path);
      url = recording && URL.createObjectURL(new Blob([bytesOf(recording.data)], { type: "audio/wav" }));
      files.set(path, url);
    }
    return url;
  };
  return { run, source, fileAt };
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
