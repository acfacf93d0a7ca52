import { countUntil } from "@/core/ladder/model";
import type { Row } from "@/core/ladder/rows";
import { lineId } from "./Line";
import { chooseRow } from "./useFocused";

/** Choose another line by key; returns whether the key was one for that. */
export function moveBy(
  key: string,
  rows: readonly Row[],
  count: number,
  selected: string | null,
  rowHeight: number,
): boolean {
  const steps: Readonly<Record<string, number>> = {
    ArrowUp: -1,
    ArrowDown: 1,
    PageUp: -Math.round(300 / rowHeight),
    PageDown: Math.round(300 / rowHeight),
    Home: -Infinity,
    End: Infinity,
  };
  const now = indexOf(rows, selected);
  if (key === "Enter") {
    const row = rows[now];
    if (row !== undefined) chooseRow(row, true);
    return row !== undefined;
  }
  const step = Object.hasOwn(steps, key) ? steps[key] : undefined;
  if (step === undefined || count === 0) return false;
  const isJump = !Number.isFinite(step);
  const start = now < 0 && step < 0 && !isJump ? count : now;
  let next = Math.min(Math.max(start + step, 0), count - 1);
  const sign = isJump ? -Math.sign(step) : Math.sign(step); // from an end, what can be chosen lies inwards
  while (!isChoosable(rows[next]) && next + sign >= 0 && next + sign < count) next += sign;
  const row = rows[next];
  if (row !== undefined) chooseRow(row, false);
  return true;
}

function indexOf(rows: readonly Row[], selected: string | null): number {
  if (selected === null) return -1;
  let at = countUntil(rows, Number(selected.slice(selected.lastIndexOf("-") + 1))) - 1;
  while (at >= 0 && rows[at] !== undefined && lineId(rows[at] as Row) !== selected) at--;
  return at;
}

/** A pause is nothing to choose, and a stretch of media is chosen with the message that began it. */
const isChoosable = (row: Row | undefined): boolean => row?.kind === "arrow" || row?.kind === "remark";
