import { type BarPiece, type Bars, piecesIn } from "../bars";
import type { Flow } from "../media";
import type { Row } from "../rows";
import type { StreamBar } from "../streams";

/** A call's or a stream's bar on a lane, from one line to another. */
export interface PictureBar {
  kind: "call" | "stream";
  /** The place of its lane. */
  at: number;
  /** Places of lines; where it is open, it goes on below the last one. */
  from: number;
  to: number;
  isOpen: boolean;
  flow: Flow | null;
  isEarly: boolean;
  /** How many others stand beside it. */
  level: number;
}

/** All bars of a ladder, each on the lanes that are shown; those that cover others come last. */
export function barsOf(
  calls: Bars,
  streams: Bars<StreamBar>,
  rows: readonly Row[],
  count: number,
  seq: number,
  placeOf: ReadonlyMap<string, number>,
): PictureBar[] {
  const sight = { count, seq, start: 0, end: Math.max(count - 1, 0) };
  const on = (
    kind: PictureBar["kind"],
    lane: string,
    { from, to, isOpen, level, stretch }: BarPiece | BarPiece<StreamBar>,
  ): PictureBar[] => {
    const at = placeOf.get(lane);
    const isEarly = "isEarly" in stretch && stretch.isEarly;
    return at === undefined ? [] : [{ kind, at, from, to, isOpen, flow: stretch.flow, isEarly, level }];
  };
  const bars = [
    ...piecesIn(calls, rows, sight).flatMap((piece) => {
      const { source, target } = piece.bar.invite;
      return [source, target].flatMap((lane) => on("call", lane, piece));
    }),
    ...piecesIn(streams, rows, sight).flatMap((piece) => on("stream", piece.bar.lane, piece)),
  ];
  return bars.sort((one, other) => one.level - other.level);
}
