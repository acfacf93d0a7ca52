import type { CallBar } from "./media";
import { countUntil } from "./model";
import type { Row } from "./rows";

/** What stands on lanes from one line to another, in stretches that look different. */
interface Bar {
  readonly stretches: readonly { readonly from: number; readonly to: number | null }[];
}

/** A piece of a bar, from the line in which it begins to that in which it ends. */
export interface BarPiece<B extends Bar = CallBar> {
  key: string;
  bar: B;
  stretch: B["stretches"][number];
  /** Places of lines; an end that is still open is the last line. */
  from: number;
  to: number;
  isOpen: boolean;
  /** How many others stand beside it on the same lane. */
  level: number;
}

const MAX_LEVEL = 3;
/** So many bars are passed over at once where all of them are over. */
const BLOCK = 128;

/** A bar, and where it stands beside others. */
export interface PlacedBar<B extends Bar = CallBar> {
  bar: B;
  level: number;
}

const beginOf = ({ stretches }: Bar): number => stretches[0]?.from ?? Infinity;
const endOf = ({ stretches }: Bar): number => stretches.at(-1)?.to ?? Infinity;

/** Bars in the order in which they begin, each at the first place on its lanes that no other takes. */
export class Bars<B extends Bar = CallBar> {
  private readonly blocks: { end: number; bars: PlacedBar<B>[] }[] = [];
  private open: PlacedBar<B>[] = [];

  constructor(private readonly lanesOf: (bar: B) => readonly string[]) {}

  add(bar: B): void {
    const lanes = this.lanesOf(bar);
    this.open = this.open.filter((other) => endOf(other.bar) === Infinity);
    const taken = new Set<number>();
    for (const { bar: other, level } of this.open)
      if (this.lanesOf(other).some((lane) => lanes.includes(lane))) taken.add(level);
    let level = 0;
    while (taken.has(level) && level < MAX_LEVEL) level++;
    const placed = { bar, level };
    this.open.push(placed);
    const block = this.blocks.at(-1);
    if (block === undefined || block.bars.length === BLOCK)
      this.blocks.push({ end: Infinity, bars: [placed] });
    else block.bars.push(placed);
  }

  /** Those that begin by `bottom` and do not end before `top`: of thousands, few. */
  *reaching(top: number, bottom: number): Generator<PlacedBar<B>> {
    for (const block of this.blocks) {
      if (block.end === Infinity && block.bars.length === BLOCK)
        block.end = Math.max(...block.bars.map(({ bar }) => endOf(bar)));
      if (block.end < top) continue;
      for (const placed of block.bars) {
        if (beginOf(placed.bar) > bottom) return;
        if (endOf(placed.bar) >= top) yield placed;
      }
    }
  }
}

/** The pieces of bars in a window of lines, when the event `seq` had come and `count` lines were there. */
export function piecesIn<B extends Bar>(
  bars: Bars<B>,
  rows: readonly Row[],
  { count, seq, start, end }: { count: number; seq: number; start: number; end: number },
): BarPiece<B>[] {
  const pieces: BarPiece<B>[] = [];
  const top = rows[start]?.id ?? 0;
  const bottom = Math.min(rows[end]?.id ?? Infinity, seq);
  const lineOf = (id: number) => {
    const line = Math.max(Math.min(countUntil(rows, id), count) - 1, 0);
    return rows[line]?.kind === "media" ? Math.max(line - 1, 0) : line;
  };
  for (const { bar, level } of bars.reaching(top, bottom)) {
    for (const stretch of bar.stretches) {
      const { from, to } = stretch;
      if (from > bottom) break;
      const isOpen = to === null || to > seq;
      const [begin, finish] = [lineOf(from), isOpen ? count - 1 : lineOf(to)];
      if (finish < start || begin > end) continue;
      const key = `${beginOf(bar)} ${from} ${level}`;
      pieces.push({ key, bar, stretch, from: begin, to: finish, isOpen, level });
    }
  }
  return pieces;
}
