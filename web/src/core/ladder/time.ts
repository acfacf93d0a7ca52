/** How the time of a line is told: by the clock, since the run began, or since the line before. */
export type TimeMode = "relative" | "delta" | "absolute";

export const TIME_MODES: readonly TimeMode[] = ["relative", "delta", "absolute"];

export function formatTime(
  { at, sinceMs }: { at: number; sinceMs: number },
  mode: TimeMode,
  startedAt: number,
): string {
  if (mode === "absolute") return formatClock(at);
  const seconds = (mode === "delta" ? sinceMs : at - startedAt) / 1_000;
  return `${mode === "delta" && seconds >= 0 ? "+" : ""}${seconds.toFixed(3)}`;
}

/** The time of day here, to the millisecond. */
export function formatClock(at: number): string {
  const moment = new Date(at);
  const digits = (value: number, length = 2) => String(value).padStart(length, "0");
  return `${digits(moment.getHours())}:${digits(moment.getMinutes())}:${digits(moment.getSeconds())}.${digits(moment.getMilliseconds(), 3)}`;
}

/** How long a pause was: `3.2 s`, `2 min 5 s`. */
export function formatPause(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}
