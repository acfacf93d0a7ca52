import type { Arrow } from "./model";

const isAlike = (one: Arrow, other: Arrow): boolean =>
  one.first.method === other.first.method && one.first.statusCode === other.first.statusCode;

/** The last message before this one of the same kind: the same request, or the same answer to it. */
export function previousAlike(arrows: readonly Arrow[], arrow: Arrow): Arrow | null {
  let found: Arrow | null = null;
  for (const other of arrows) {
    if (other.id >= arrow.id) break;
    if (isAlike(other, arrow)) found = other;
  }
  return found;
}

/** Messages worth comparing with this one: those of its call, and those of its kind; the nearest, in their order. */
export function comparable(arrows: readonly Arrow[], arrow: Arrow, limit = 200): Arrow[] {
  const { sipCallId } = arrow.first;
  return arrows
    .filter((other) => other !== arrow && (other.first.sipCallId === sipCallId || isAlike(other, arrow)))
    .sort((one, other) => Math.abs(one.id - arrow.id) - Math.abs(other.id - arrow.id))
    .slice(0, limit)
    .sort((one, other) => one.id - other.id);
}
