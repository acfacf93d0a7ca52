import type { NodeTypeInfo } from "@/core/catalogue";
import type { RunEvent, RunInfo } from "@/core/run/events";
import type { Hint } from "@/core/run/failure";
import type { Texts } from "@/core/run/sayings";
import { ApiError, type Source } from "./client";

/** What the page of a single run holds besides its events. */
interface EmbeddedRun {
  run: RunInfo;
  flowData: unknown;
  nodeTypes: Readonly<Record<string, readonly NodeTypeInfo[]>>;
  hints: Readonly<Record<string, readonly Hint[]>>;
  texts: Readonly<Record<string, Texts>>;
}

/** A run that stands in the page itself, with the answers that a server would give about it. */
export interface Embedded {
  run: RunInfo;
  source: Source;
}

/** The texts of the page's data blocks of this name. */
export type Blocks = (name: "run" | "events") => readonly string[];

/** Let the browser draw before the next page of events is read. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** The run that the page holds; null where it holds none, and a server is asked. */
export function readEmbedded(blocks: Blocks): Embedded | null {
  const [text] = blocks("run");
  if (text === undefined) return null;
  const { run, flowData, nodeTypes, hints, texts } = JSON.parse(text) as EmbeddedRun;
  const pages = blocks("events");
  let next = 0;
  const source: Source = async (method, path) => {
    const { pathname, searchParams } = new URL(path, "http://page.invalid");
    const language = searchParams.get("lang") ?? "en";
    if (method === "GET" && pathname === "/api/node-types") return nodeTypes[language] ?? [];
    if (method === "GET" && pathname === "/api/texts") return texts[language] ?? {};
    if (method === "GET" && pathname === "/api/failure-hints") return hints[language] ?? [];
    if (method === "GET" && pathname === `/api/runs/${encodeURIComponent(run.id)}`)
      return { ...run, flowData };
    if (method === "GET" && pathname === `/api/runs/${encodeURIComponent(run.id)}/events`) {
      await pause();
      if (searchParams.get("after") === "0") next = 0;
      return { events: JSON.parse(pages[next++] ?? "[]") as RunEvent[], lastSeq: run.lastSeq };
    }
    throw new ApiError(0, "offline", "this page holds one run and has no server");
  };
  return { run, source };
}
