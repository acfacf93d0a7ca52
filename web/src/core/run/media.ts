import type { RunEvent } from "./events";
import { asItCame, type Tell, toldMedia } from "./sayings";

export type MediaEvent = Extract<RunEvent, { event: "scenario:media" }>;

/** What became of the packets of one direction; null where nobody has told. */
export interface Direction {
  way: "received" | "sent";
  packets: number;
  lost: number | null;
  /** Of those that were to come, in percent. */
  lostPercent: number | null;
  jitterMs: number | null;
  /** By the E-model. */
  mos: number | null;
}

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
  /** The last statistics: in words, and as figures of both directions where they were told. */
  statistics: string;
  directions: readonly Direction[];
  roundTripMs: number | null;
  /** Whatever else was told, in order. */
  others: string[];
}

/** The streams of a run up to an event, from its media events. */
export function streamsOf(events: readonly MediaEvent[], until: number, tell: Tell = asItCame): Stream[] {
  const streams: Stream[] = [];
  const current = new Map<string, Stream>();
  for (const event of events) {
    if (event.seq > until) break;
    // Who hears whom is no matter of one stream.
    if (event.hearing != null) continue;
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
        directions: [],
        roundTripMs: null,
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
    else if (media === "statistics") {
      stream.statistics = detail;
      stream.directions = directionsOf(event);
      stream.roundTripMs = event.figures?.["roundTripMs"] ?? null;
    } else stream.others.push(toldMedia(tell, event));
  }
  return streams;
}

/** Both directions of a stream by its statistics; the way out is as the other side reports it. */
export function directionsOf({ figures }: MediaEvent): Direction[] {
  if (figures == null) return [];
  const of = (name: string): number | null => figures[name] ?? null;
  const [received, sent] = [of("packetsReceived") ?? 0, of("packetsSent") ?? 0];
  const [lost, lostThere] = [of("lost"), of("lostThere")];
  // Doubles were not to come.
  const expected = received - (of("doubled") ?? 0) + (lost ?? 0);
  return [
    {
      way: "received",
      packets: received,
      lost,
      lostPercent: shareOf(lost, expected),
      jitterMs: of("jitterMs"),
      mos: of("mos"),
    },
    {
      way: "sent",
      packets: sent,
      lost: lostThere,
      lostPercent: shareOf(lostThere, sent),
      jitterMs: of("jitterThereMs"),
      mos: of("mosThere"),
    },
  ];
}

const shareOf = (part: number | null, whole: number): number | null =>
  part === null ? null : whole > 0 ? (100 * part) / whole : 0;

/** What users say of a MOS: satisfied, many dissatisfied, nearly all dissatisfied. Source: ITU-T G.107 Annex B. */
export const opinionOf = (mos: number): "good" | "fair" | "poor" =>
  mos >= 3.6 ? "good" : mos >= 2.58 ? "fair" : "poor";
