import type { BarPiece } from "@/core/ladder/bars";
import type { Flow } from "@/core/ladder/media";
import { BAR_HALF, LEVEL_SHIFT, STREAM_SHIFT, STREAM_WIDTH } from "@/core/ladder/sizes";
import type { StreamBar } from "@/core/ladder/streams";
import { meterKey, STEPS } from "@/core/run/levels";
import { useMeters } from "@/features/run/levels";

/** How far the loudest sound reaches beyond a stream's bar, on either side. */
const LOUDEST = 7;

type Look = Flow | "unknown";

const CALL_LOOK: Record<Look, string> = {
  both: "fill-success-soft stroke-success",
  forward: "fill-event-soft stroke-event",
  backward: "fill-event-soft stroke-event",
  none: "fill-surface stroke-muted",
  unknown: "fill-surface stroke-line",
};

const STREAM_LOOK: Record<Look, string> = {
  both: "fill-success",
  forward: "fill-event-soft stroke-event",
  backward: "fill-event-soft stroke-event",
  none: "fill-surface stroke-muted [stroke-dasharray:2_2]",
  unknown: "fill-muted",
};

/** On the lanes, a bar for as long as a call has media, and beside it one for each stream. */
export function MediaBars({
  pieces,
  streams,
  xOf,
  reachOf,
}: {
  pieces: readonly BarPiece[];
  streams: readonly BarPiece<StreamBar>[];
  xOf: (key: string) => number | null;
  /** From where to where a piece reaches, in pixels. */
  reachOf: (piece: BarPiece | BarPiece<StreamBar>) => readonly [number, number];
}) {
  const [calls, beside] = [new Outlines(), new Outlines()];
  for (const piece of pieces) {
    const { bar, stretch, isOpen, level } = piece;
    const [top, bottom] = reachOf(piece);
    for (const end of [bar.invite.source, bar.invite.target]) {
      const x = xOf(end);
      if (x === null) continue;
      const left = x - BAR_HALF + level * LEVEL_SHIFT + 0.5;
      const d = `M${left} ${bottom}V${top + 0.5}H${left + 2 * BAR_HALF}V${bottom}${isOpen ? "" : "Z"}`;
      calls.add(d, level, stretch.flow, stretch.isEarly);
    }
  }
  const open: OpenStream[] = [];
  for (const piece of streams) {
    const x = xOf(piece.bar.lane);
    if (x === null) continue;
    const [top, bottom] = reachOf(piece);
    const [left, r] = [
      x - STREAM_SHIFT - piece.level * LEVEL_SHIFT - STREAM_WIDTH / 2 + 0.5,
      STREAM_WIDTH / 2,
    ];
    const turn = (way: number) => `a${r} ${r} 0 0 1 ${way * STREAM_WIDTH} 0`;
    if (piece.isOpen) open.push({ bar: piece.bar, left, top, bottom });
    beside.add(`M${left} ${top + r}${turn(1)}V${bottom - r}${turn(-1)}Z`, piece.level, piece.stretch.flow);
  }
  return (
    <>
      {calls.all().map(({ key, d, flow, isEarly }) => (
        <g key={key}>
          <path
            d={d}
            className={CALL_LOOK[flow ?? "unknown"]}
            strokeLinejoin="round"
            {...(isEarly ? { strokeDasharray: "3 3" } : {})}
          />
          {isHeld(flow) && <path d={d} fill="url(#ladder-held)" />}
        </g>
      ))}
      <Loudness open={open} />
      {beside.all().map(({ key, d, flow, count }) => (
        <g key={key} data-stream={flow ?? "unknown"} data-count={count}>
          <path d={d} className={STREAM_LOOK[flow ?? "unknown"]} />
          {isHeld(flow) && <path d={d} fill="url(#ladder-held)" />}
        </g>
      ))}
    </>
  );
}

/** Behind the bars of streams under way: how loud each is at this moment, heard or sent. */
function Loudness({ open }: { open: readonly OpenStream[] }) {
  const meters = useMeters();
  if (meters.size === 0) return null;
  const d = open.map(({ bar: { lane, callId }, left, top, bottom }) => {
    const meter = meters.get(meterKey(lane, callId));
    const reach = (Math.max(meter?.heard ?? 0, meter?.sent ?? 0) / STEPS) * LOUDEST;
    return reach === 0
      ? ""
      : `M${left - reach} ${top}h${STREAM_WIDTH + 2 * reach}V${bottom}H${left - reach}Z`;
  });
  return <path data-loudness d={d.join("")} className="fill-success/35" />;
}

interface OpenStream {
  bar: StreamBar;
  left: number;
  top: number;
  bottom: number;
}

/** How a bar is filled that is held: only one side sends. */
export function HeldPattern() {
  return (
    <pattern
      id="ladder-held"
      width={5}
      height={5}
      patternUnits="userSpaceOnUse"
      patternTransform="rotate(45)"
    >
      <path d="M0 0V5" strokeWidth={4} className="stroke-event/45" />
    </pattern>
  );
}

const isHeld = (flow: Flow | null): boolean => flow === "forward" || flow === "backward";

interface Outline {
  key: string;
  level: number;
  flow: Flow | null;
  isEarly: boolean;
  count: number;
  d: string;
}

/** Outlines of one look on one level, joined: their number is the same however many bars are in sight. */
class Outlines {
  private readonly byKey = new Map<string, Outline>();

  add(d: string, level: number, flow: Flow | null, isEarly = false): void {
    const key = `${level} ${flow} ${isEarly}`;
    const outline = this.byKey.get(key);
    if (outline === undefined) this.byKey.set(key, { key, level, flow, isEarly, count: 1, d });
    else {
      outline.d += d;
      outline.count++;
    }
  }

  /** Those that cover others come last. */
  all(): readonly Outline[] {
    return [...this.byKey.values()].sort((one, other) => one.level - other.level);
  }
}
