/** The outline of a sound around the middle of a strip, as one path of SVG; a part is as wide as 1. */
export function outlineOf(peaks: readonly number[], middle: number, half: number): string {
  if (peaks.length === 0) return "";
  // Silence stays to be seen as a line.
  const heights = peaks.map((peak) => Math.max(Math.min(peak, 1) * half, 0.5));
  const at = (sign: number) => (height: number, part: number) => `${part} ${round(middle + sign * height)}`;
  const above = heights.map(at(-1));
  const below = heights.map(at(1)).reverse();
  return `M${[...above, ...below].join("L")}Z`;
}

/** Which part of a sound a place on its strip stands for, from 0 to 1. */
export const shareAt = (x: number, left: number, width: number): number =>
  width > 0 ? Math.min(Math.max((x - left) / width, 0), 1) : 0;

const round = (value: number): number => Math.round(value * 100) / 100;
