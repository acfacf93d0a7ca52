import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { BarPiece } from "@/core/ladder/bars";
import { type Tone, toneOf } from "@/core/ladder/labels";
import type { Flow } from "@/core/ladder/media";
import { type Mark, type StreamBar } from "@/core/ladder/streams";
import type { Row } from "@/core/ladder/rows";
import { strokeOf } from "@/core/ladder/strokes";
import { opinionOf } from "@/core/run/media";
import {
  BAR_HALF,
  LEVEL_SHIFT,
  MARK_LINE,
  MARK_SHIFT,
  type Metrics,
  STREAM_SHIFT,
  STREAM_WIDTH,
  TIME_WIDTH,
} from "./geometry";
import { lineId } from "./Line";
import { isFarRight } from "./lineLabels";
import { TONE_COLOR } from "./tones";

const LOOK: Record<Flow | "unknown", string> = {
  both: "fill-success-soft stroke-success",
  forward: "fill-event-soft stroke-event",
  backward: "fill-event-soft stroke-event",
  none: "fill-surface stroke-muted",
  unknown: "fill-surface stroke-line",
};

const STREAM_LOOK: Record<Flow | "unknown", string> = {
  both: "fill-success",
  forward: "fill-event-soft stroke-event",
  backward: "fill-event-soft stroke-event",
  none: "fill-surface stroke-muted [stroke-dasharray:2_2]",
  unknown: "fill-muted",
};

const isHeld = (flow: Flow | null): boolean => flow === "forward" || flow === "backward";

/** Beyond the window nobody sees where a bar begins and ends. */
const BEYOND = 10;

/**
 * All that the ladder draws in its window of lines: lifelines, on them a bar for as long as a call has media, and the
 * arrows. Arrows of one tone are one path: the number of elements is the same however many arrows are in sight.
 */
export function Drawing({
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
  const reachOf = (
    { from, to }: { from: number; to: number },
    isOpen: boolean,
  ): readonly [number, number] => {
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
        <pattern
          id="ladder-held"
          width={5}
          height={5}
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <path d="M0 0V5" strokeWidth={4} className="stroke-event/45" />
        </pattern>
      </defs>
      <g transform={`translate(${TIME_WIDTH} 0)`} fill="none">
        <path d={xs.map((x) => `M${x + 0.5} 0V${height}`).join("")} className="stroke-line" />
        <path d={pauses} className="stroke-surface" strokeWidth={4} />
        <path d={pauses} className="stroke-muted/60" strokeDasharray="3 3" />
        {pieces.map(({ key, bar, stretch: { flow, isEarly }, isOpen, level, ...piece }) => {
          const [top, bottom] = reachOf(piece, isOpen);
          const d = [bar.invite.source, bar.invite.target].map((key) => {
            const x = xOf(key);
            if (x === null) return "";
            const left = x - BAR_HALF + level * LEVEL_SHIFT + 0.5;
            return `M${left} ${bottom}V${top + 0.5}H${left + 2 * BAR_HALF}V${bottom}${isOpen ? "" : "Z"}`;
          });
          return (
            <g key={key}>
              <path
                d={d.join("")}
                className={LOOK[flow ?? "unknown"]}
                strokeLinejoin="round"
                {...(isEarly ? { strokeDasharray: "3 3" } : {})}
              />
              {isHeld(flow) && <path d={d.join("")} fill="url(#ladder-held)" />}
            </g>
          );
        })}
        {streams.map(({ key, bar, stretch: { flow }, isOpen, level, ...piece }) => {
          const x = xOf(bar.lane);
          if (x === null) return null;
          const [top, bottom] = reachOf(piece, isOpen);
          const rect = {
            x: x - STREAM_SHIFT - level * LEVEL_SHIFT - STREAM_WIDTH / 2 + 0.5,
            y: top,
            width: STREAM_WIDTH,
            height: bottom - top,
            rx: STREAM_WIDTH / 2,
          };
          return (
            <g key={key} data-stream={flow ?? "unknown"}>
              <rect {...rect} className={STREAM_LOOK[flow ?? "unknown"]} />
              {isHeld(flow) && <rect {...rect} fill="url(#ladder-held)" />}
            </g>
          );
        })}
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
function MarkText({ mark, x, y, isLeft }: { mark: Mark; x: number; y: number; isLeft: boolean }) {
  const { t } = useTranslation("ladder");
  const lines =
    mark.kind === "figures"
      ? [t("loss", { percent: mark.lostPercent.toFixed(1) }), `MOS ${mark.mos?.toFixed(1) ?? "–"}`]
      : [mark.text];
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
