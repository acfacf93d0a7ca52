import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import type { BarPiece } from "@/core/ladder/bars";
import { type Tone, toneOf } from "@/core/ladder/labels";
import { MARK_LINE, MARK_SHIFT } from "@/core/ladder/sizes";
import { type Mark, type StreamBar } from "@/core/ladder/streams";
import type { Row } from "@/core/ladder/rows";
import { strokeOf } from "@/core/ladder/strokes";
import { opinionOf } from "@/core/run/media";
import { type Metrics, TIME_WIDTH } from "./geometry";
import { lineId } from "./Line";
import { isFarRight } from "./lineLabels";
import { markText } from "./sentences";
import { HeldPattern, MediaBars } from "./MediaBars";
import { TONE_COLOR } from "./tones";

/** Beyond the window nobody sees where a bar begins and ends. */
const BEYOND = 10;

/**
 * All that the ladder draws in its window of lines: lifelines, on them a bar for as long as a call has media, and the
 * arrows. Bars of one look and arrows of one tone are one path: the number of elements is the same however many are in sight.
 */
export function Drawing({
  t,
  rows,
  first,
  selected,
  pieces,
  streams,
  xs,
  xOf,
  endsOf,
  metrics: { rowHeight, lineY },
  width,
  height,
}: {
  t: TFunction<"ladder">;
  /** Those in the window, of which the first has the place `first` among all. */
  rows: readonly Row[];
  first: number;
  selected: string | null;
  pieces: readonly BarPiece[];
  streams: readonly BarPiece<StreamBar>[];
  xs: readonly number[];
  xOf: (key: string) => number | null;
  endsOf: (row: Row) => readonly [number, number];
  metrics: Metrics;
  width: number;
  /** At least that of the lines: lifelines go on to the edge. */
  height: number;
}) {
  const paths = new Map<Tone, Paths>(TONES.map((tone) => [tone, new Paths()]));
  const strong = new Paths();
  let strongTone: Tone = "request";
  let pauses = "";
  const marks: ReactNode[] = [];
  const reachOf = ({ from, to, isOpen }: BarPiece | BarPiece<StreamBar>): readonly [number, number] => {
    const top = Math.max((from - first) * rowHeight + lineY, -BEYOND);
    const end = (to - first) * rowHeight + (isOpen ? rowHeight : lineY);
    return [top, Math.min(Math.max(end, top + 4), height + BEYOND)];
  };
  for (const [place, row] of rows.entries()) {
    const top = place * rowHeight;
    if (row.kind === "gap") pauses += xs.map((x) => `M${x + 0.5} ${top}v${rowHeight}`).join("");
    if (row.kind === "remark" && row.remark.mark !== null) {
      const [x] = endsOf(row);
      const isLeft = !isFarRight(x, width);
      marks.push(
        <MarkText
          key={row.id}
          t={t}
          mark={row.remark.mark}
          x={x + (isLeft ? -MARK_SHIFT : MARK_SHIFT)}
          y={top + rowHeight / 2}
          isLeft={isLeft}
        />,
      );
    }
    if (row.kind !== "arrow") continue;
    const tone = toneOf(row.arrow.first);
    const [from, to] = endsOf(row);
    const isStrong = lineId(row) === selected;
    if (isStrong) strongTone = tone;
    (isStrong ? strong : paths.get(tone))?.add(from, to, top + lineY, tone === "request");
  }
  return (
    <svg
      aria-hidden
      width={TIME_WIDTH + width}
      height={height}
      className="pointer-events-none absolute top-0 left-0"
    >
      <defs>
        <HeldPattern />
      </defs>
      <g transform={`translate(${TIME_WIDTH} 0)`} fill="none">
        <path d={xs.map((x) => `M${x + 0.5} 0V${height}`).join("")} className="stroke-line" />
        <path d={pauses} className="stroke-surface" strokeWidth={4} />
        <path d={pauses} className="stroke-muted/60" strokeDasharray="3 3" />
        <MediaBars {...{ pieces, streams, xOf, reachOf }} />
        {TONES.map((tone) => (
          <Arrows key={tone} tone={tone} paths={paths.get(tone) ?? strong} width={1.5} />
        ))}
        <Arrows tone={strongTone} paths={strong} width={2.25} />
        {marks}
      </g>
    </svg>
  );
}

/** What a stream has to tell, in a word, on the side of its lane that the sentence leaves free. */
function MarkText({
  t,
  mark,
  x,
  y,
  isLeft,
}: {
  t: TFunction<"ladder">;
  mark: Mark;
  x: number;
  y: number;
  isLeft: boolean;
}) {
  const lines = markText(t, mark);
  return (
    <text
      data-mark={mark.kind}
      dominantBaseline="central"
      textAnchor={isLeft ? "end" : "start"}
      strokeWidth={4}
      strokeLinejoin="round"
      className={`stroke-surface text-[11px] font-semibold [paint-order:stroke] ${colorOf(mark)}`}
    >
      {lines.map((line, place) => (
        <tspan key={place} x={x} y={y + (place - (lines.length - 1) / 2) * MARK_LINE}>
          {line}
        </tspan>
      ))}
    </text>
  );
}

function colorOf(mark: Mark): string {
  if (mark.kind === "digits") return "fill-event font-mono";
  if (mark.kind !== "figures" || mark.mos === null) return "fill-muted";
  return { good: "fill-success", fair: "fill-warning", poor: "fill-failure" }[opinionOf(mark.mos)];
}

function Arrows({ tone, paths: { line, head, dot }, width }: { tone: Tone; paths: Paths; width: number }) {
  const isRequest = tone === "request";
  return (
    <g className={TONE_COLOR[tone]} stroke="currentColor" strokeLinejoin="round">
      <path d={line} strokeWidth={width} {...(isRequest ? {} : { strokeDasharray: "5 3.5" })} />
      {isRequest ? (
        <path d={head} fill="currentColor" />
      ) : (
        <path d={head} strokeWidth={width} strokeLinecap="round" />
      )}
      <path d={dot} fill="currentColor" stroke="none" />
    </g>
  );
}

const TONES = Object.keys(TONE_COLOR) as Tone[];

/** Strokes of several arrows, joined. */
class Paths {
  line = "";
  head = "";
  dot = "";

  add(...arrow: Parameters<typeof strokeOf>): void {
    const { line, head, dot } = strokeOf(...arrow);
    this.line += line;
    this.head += head;
    this.dot += dot;
  }
}
