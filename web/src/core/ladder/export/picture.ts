import type { Bars } from "../bars";
import { lineOf, type Tone, toneOf } from "../labels";
import type { Lane } from "../lanes";
import type { Begun } from "../media";
import { countAt, countOf } from "../model";
import type { Row } from "../rows";
import type { Mark, StreamBar } from "../streams";
import { formatTime, type TimeMode } from "../time";
import { barsOf, type PictureBar } from "./bars";

/** A ladder ready to be written down: every format writes the same lines. Its words are harmless already. */
export interface Picture {
  title: string;
  lanes: readonly { name: string; address: string }[];
  lines: readonly Line[];
  /** Where formats draw more than lines. */
  bars: readonly PictureBar[];
}

export type Line =
  | { kind: "message"; time: string; from: number; to: number; text: string; tone: Tone }
  | { kind: "media"; time: string; from: number; to: number; text: string }
  | { kind: "note"; time: string; at: number; text: string; isFailure: boolean; mark: PictureMark | null }
  | { kind: "gap"; text: string };

/** What a stream has to tell beside its bar, in one line or two. */
export interface PictureMark {
  kind: Mark["kind"];
  lines: readonly string[];
}

/** What is said in the reader's language. */
export interface Words {
  gap: (ms: number) => string;
  media: (begun: Begun, names: readonly [string, string]) => string;
  mark: (mark: Mark) => readonly string[];
}

export interface Drawn {
  title: string;
  rows: readonly Row[];
  /** Those of calls, and of streams. */
  bars: Bars;
  streams: Bars<StreamBar>;
  /** So many of the rows, as they were when the event `seq` had come. */
  count: number;
  seq: number;
  lanes: readonly Lane[];
  placeOf: ReadonlyMap<string, number>;
  timeMode: TimeMode;
  startedAt: number;
}

export function pictureOf(drawn: Drawn, words: Words): Picture {
  const { title, rows, count, seq, lanes, placeOf, timeMode, startedAt } = drawn;
  const place = (key: string) => placeOf.get(key) ?? 0;
  const nameOf = (key: string) => lanes[place(key)]?.name ?? "";
  const lines = rows.slice(0, count).map((row): Line => {
    const time = formatTime(row, timeMode, startedAt);
    switch (row.kind) {
      case "gap":
        return { kind: "gap", text: words.gap(row.sinceMs) };
      case "remark": {
        const { lane, text, tone, mark } = row.remark;
        const told = mark === null ? null : { kind: mark.kind, lines: words.mark(mark) };
        return { kind: "note", time, at: place(lane), text, isFailure: tone === "failure", mark: told };
      }
      case "media": {
        const { source, target } = row.begun.bar.invite;
        const text = words.media(row.begun, [nameOf(source), nameOf(target)]);
        return { kind: "media", time, from: place(source), to: place(target), text };
      }
      case "arrow": {
        const { arrow } = row;
        const times = Math.min(countOf(arrow), countAt(arrow, seq));
        const [from, to] = [place(arrow.source), place(arrow.target)];
        return { kind: "message", time, from, to, text: lineOf(arrow, times), tone: toneOf(arrow.first) };
      }
    }
  });
  const bars = barsOf(drawn.bars, drawn.streams, rows, count, seq, placeOf);
  return { title, lanes: lanes.map(({ name, address }) => ({ name, address })), lines, bars };
}
