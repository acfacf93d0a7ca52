/** Where lanes stand from left to right. */
export interface Layout {
  /** The middle of each lane, by its place. */
  xs: readonly number[];
  /** Between two lanes. */
  gap: number;
  width: number;
}

export const MIN_GAP = 190;
/** So near they come where all of them fit into the room then. */
const LEAST_GAP = 100;
const MAX_GAP = 420;
/** Room beside the outermost lanes, for half a name. */
export const MARGIN = 92;

/** Lanes spread over the room there is, but never closer than their arrows' words need. */
export function layLanes(count: number, roomPx: number): Layout {
  const gaps = Math.max(count - 1, 1);
  const even = (roomPx - 2 * MARGIN) / gaps;
  const gap = Math.floor(Math.min(even < LEAST_GAP ? MIN_GAP : even, MAX_GAP));
  const needed = 2 * MARGIN + gap * Math.max(count - 1, 0);
  const left = Math.round(Math.max((roomPx - needed) / 2, 0)) + MARGIN;
  const xs = Array.from({ length: count }, (_, place) => left + place * gap);
  return { xs, gap, width: Math.max(needed, roomPx) };
}
