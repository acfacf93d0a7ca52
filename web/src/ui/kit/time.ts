/** A moment as people write it: today by the clock, else with its date. */
export function formatMoment(atMs: number, language: string): string {
  const isToday = new Date(atMs).toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(language, {
    ...(isToday ? {} : { dateStyle: "medium" }),
    timeStyle: "short",
  }).format(atMs);
}
