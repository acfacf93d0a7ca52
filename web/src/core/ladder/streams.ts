import type { RunEvent } from "@/core/run/events";
import { directionsOf, type MediaEvent } from "@/core/run/media";
import { printable, shortened } from "@/core/sip/printable";
import { Bars } from "./bars";
import type { Flow } from "./media";

/** A time in which a stream keeps its codec and its direction. */
export interface StreamStretch {
  from: number;
  /** The `seq` of the event that ended it; null while it goes on. */
  to: number | null;
  /** Seen from the stream's own lane: `forward` is sending only. */
  flow: Flow | null;
}

/** A media stream of a call at one instance, from its start to its stop; ids are the `seq` of events. */
export interface StreamBar {
  lane: string;
  callId: string | null;
  stretches: StreamStretch[];
}

/** What a media event says in a word, beside the stream's bar. */
export type Mark =
  { kind: "stream" | "digits"; text: string } | { kind: "figures"; lostPercent: number; mos: number | null };

const FLOWS: Readonly<Record<string, Flow>> = {
  sendrecv: "both",
  sendonly: "forward",
  recvonly: "backward",
  inactive: "none",
};
const SIGNS: Record<Flow, string> = { both: "⇄", forward: "→", backward: "←", none: "∥" };
const MARK_LENGTH = 16;

/** Follows the streams of a run through its media events, in order. */
export class StreamBars {
  readonly bars = new Bars<StreamBar>(({ lane }) => [lane]);
  private readonly live = new Map<string, StreamBar>();

  add(event: RunEvent): void {
    if (event.event !== "scenario:media" || event.instanceId === null) return;
    const { seq, media, instanceId: lane, callId } = event;
    const key = `${lane} ${callId ?? ""}`;
    const bar = this.live.get(key);
    const now = bar?.stretches.at(-1);
    if (media === "stream-stopped") {
      if (now !== undefined) now.to = seq;
      this.live.delete(key);
    } else if (media === "stream-started" || (media === "stream-changed" && bar !== undefined)) {
      if (now !== undefined) now.to = seq;
      const stretch = { from: seq, to: null, flow: flowOf(event) };
      if (bar !== undefined && media === "stream-changed") bar.stretches.push(stretch);
      else {
        const begun = { lane, callId, stretches: [stretch] };
        this.live.set(key, begun);
        this.bars.add(begun);
      }
    }
  }
}

export function markOf(event: MediaEvent): Mark | null {
  const { media } = event;
  if (media === "stream-started" || media === "stream-changed") {
    const [codec, flow] = [valueOf(event, "codec"), flowOf(event)];
    return codec === ""
      ? null
      : { kind: "stream", text: `${codec} ${flow === null ? "" : SIGNS[flow]}`.trim() };
  }
  if (media === "dtmf") {
    const digits = valueOf(event, "digits");
    return digits === "" ? null : { kind: "digits", text: digits };
  }
  const [heard] = directionsOf(event);
  return heard === undefined
    ? null
    : { kind: "figures", lostPercent: heard.lostPercent ?? 0, mos: heard.mos };
}

const flowOf = (event: MediaEvent): Flow | null => FLOWS[valueOf(event, "direction")] ?? null;

/** A value of what was said; a run of old may not tell. */
function valueOf({ said }: MediaEvent, name: string): string {
  const value = said?.["detail"]?.values[name];
  return typeof value === "string" ? shortened(printable(value), MARK_LENGTH) : "";
}
