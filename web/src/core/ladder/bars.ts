import type { CallBar, Flow } from "./media";
import { countUntil } from "./model";
import type { Row } from "./rows";

/** A piece of a call's bar, from the line in which it begins to that in which it ends. */
export interface BarPiece {
  key: string;
  bar: CallBar;
  flow: Flow | null;
  isEarly: boolean;
  /** Places of lines; an end that is still open is the last line. */
  from: number;
  to: number;
  isOpen: boolean;
  /** How many calls stand beside it on the same lane, to the left of it. */
  level: number;
}

const MAX_LEVEL = 3;

/** A call's bar, and where it stands beside those of other calls. */
export interface PlacedBar {
  bar: CallBar;
  level: number;
}

const endOf = ({ stretches }: CallBar): number => stretches.at(-1)?.to ?? Infinity;

/** Gives each bar, as it begins, the first place on its lanes that no other call takes. */
export class Places {
  private open: PlacedBar[] = [];

  place(bar: CallBar): PlacedBar {
    const { source, target } = bar.invite;
    this.open = this.open.filter((other) => endOf(other.bar) === Infinity);
    const taken = new Set<number>();
    for (const { bar: other, level } of this.open)
      if ([other.invite.source, other.invite.target].some((end) => end === source || end === target))
        taken.add(level);
    let level = 0;
    while (taken.has(level) && level < MAX_LEVEL) level++;
    const placed = { bar, level };
    this.open.push(placed);
    return placed;
  }
}

/** The pieces of bars in a window of lines, when the event `seq` had come and `count` lines were there. */
export function piecesIn(
  bars: readonly PlacedBar[],
  rows: readonly Row[],
  { count, seq, start, end }: { count: number; seq: number; start: number; end: number },
): BarPiece[] {
  const pieces: BarPiece[] = [];
  const top = rows[start]?.id ?? 0;
  const bottom = Math.min(rows[end]?.id ?? Infinity, seq);
  const lineOf = (id: number) => {
    const line = Math.max(Math.min(countUntil(rows, id), count) - 1, 0);
    return rows[line]?.kind === "media" ? Math.max(line - 1, 0) : line;
  };
  for (const { bar, level } of bars) {
    // There may be thousands; most of them are over before the window, or begin after it.
    if ((bar.stretches[0]?.from ?? Infinity) > bottom) break;
    if (endOf(bar) < top) continue;
    for (const { from, to, flow, isEarly } of bar.stretches) {
      if (from > bottom) break;
      const isOpen = to === null || to > seq;
      const [begin, finish] = [lineOf(from), isOpen ? count - 1 : lineOf(to)];
      if (finish < start || begin > end) continue;
      const key = `${bar.invite.id} ${from}`;
      pieces.push({ key, bar, flow, isEarly, from: begin, to: finish, isOpen, level });
    }
  }
  return pieces;
}
