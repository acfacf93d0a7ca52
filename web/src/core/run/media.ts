import type { RunEvent } from "./events";
import { asItCame, type Tell, toldMedia } from "./sayings";

export type MediaEvent = Extract<RunEvent, { event: "scenario:media" }>;

/** One stream of a call at one instance, as far as the run tells of it. */
export interface Stream {
  /** The event that began it, else the first that spoke of it. */
  seq: number;
  instanceId: string | null;
  callId: string | null;
  startedAt: number | null;
  stoppedAt: number | null;
  /** What was said when it began, such as addresses, ports and codec. */
  about: string;
  /** Digits in the order in which they were told. */
  dtmf: string[];
  /** The last statistics. */
  statistics: string;
  /** Whatever else was told, in order. */
  others: string[];
}

/** The streams of a run up to an event, from its media events. */
export function streamsOf(events: readonly MediaEvent[], until: number, tell: Tell = asItCame): Stream[] {
  const streams: Stream[] = [];
  const current = new Map<string, Stream>();
  for (const event of events) {
    if (event.seq > until) break;
    const { seq, instanceId, callId, timestamp, media } = event;
    const detail = tell(event.detail, event.said?.detail);
    const key = `${instanceId ?? ""} ${callId ?? ""}`;
    let stream = current.get(key);
    const isStart = media === "stream-started";
    // What is told after a stream has stopped still belongs to it; a start begins another one.
    if (stream === undefined || (isStart && stream.startedAt !== null)) {
      stream = {
        seq,
        instanceId,
        callId,
        startedAt: null,
        stoppedAt: null,
        about: "",
        dtmf: [],
        statistics: "",
        others: [],
      };
      streams.push(stream);
      current.set(key, stream);
    }
    if (isStart) {
      stream.startedAt = timestamp;
      stream.about = detail;
    } else if (media === "stream-stopped") {
      stream.stoppedAt = timestamp;
      if (detail !== "") stream.others.push(detail);
    } else if (media === "dtmf") stream.dtmf.push(detail);
    else if (media === "statistics") stream.statistics = detail;
    else stream.others.push(toldMedia(tell, event));
  }
  return streams;
}
