import type { BarPiece } from "@/core/ladder/bars";
import { type Tone, toneOf } from "@/core/ladder/labels";
import type { Flow } from "@/core/ladder/media";
import type { Row } from "@/core/ladder/rows";
import { strokeOf } from "@/core/ladder/strokes";
import { BAR_HALF, LEVEL_SHIFT, type Metrics, TIME_WIDTH } from "./geometry";
import { lineId } from "./Line";
import { TONE_COLOR } from "./tones";

const LOOK: Record<Flow | "unknown", string> = {
  both: "fill-success-soft stroke-success",
  forward: "fill-event-soft stroke-event",
  backward: "fill-event-soft stroke-event",
  none: "fill-surface stroke-muted",
  unknown: "fill-surface stroke-line",
};

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
  for (const [place, row] of rows.entries()) {
    const top = place * rowHeight;
    if (row.kind === "gap") pauses += xs.map((x) => `M${x + 0.5} ${top}v${rowHeight}`).join("");
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
        {pieces.map(({ bar, flow, isEarly, isOpen, level, ...piece }) => {
          const top = Math.max((piece.from - first) * rowHeight + lineY, -BEYOND);
          const end = (piece.to - first) * rowHeight + (isOpen ? rowHeight : lineY);
          const bottom = Math.min(Math.max(end, top + 4), height + BEYOND);
          const d = [bar.invite.source, bar.invite.target].map((key) => {
            const x = xOf(key);
            if (x === null) return "";
            const left = x - BAR_HALF + level * LEVEL_SHIFT + 0.5;
            return `M${left} ${bottom}V${top + 0.5}H${left + 2 * BAR_HALF}V${bottom}${isOpen ? "" : "Z"}`;
          });
          const isHeld = flow === "forward" || flow === "backward";
          return (
            <g key={piece.key}>
              <path
                d={d.join("")}
                className={LOOK[flow ?? "unknown"]}
                strokeLinejoin="round"
                {...(isEarly ? { strokeDasharray: "3 3" } : {})}
              />
              {isHeld && <path d={d.join("")} fill="url(#ladder-held)" />}
            </g>
          );
        })}
        {TONES.map((tone) => (
          <Arrows key={tone} tone={tone} paths={paths.get(tone) ?? strong} width={1.5} />
        ))}
        <Arrows tone={strongTone} paths={strong} width={2.25} />
      </g>
    </svg>
  );
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
