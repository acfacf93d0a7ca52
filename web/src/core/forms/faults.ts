/** One fault to play, as it stands in the document; what is not there has its default. */
export interface FaultRow {
  method?: unknown;
  /** Which requests, by number or share: `1-2`, `4-`, `25%`. */
  requests?: unknown;
  effect?: unknown;
  statusCode?: unknown;
  delay?: unknown;
  [key: string]: unknown;
}

export const EFFECTS = ["refuse", "delay", "drop"] as const;
export const METHODS = [
  ...["INVITE", "REGISTER", "BYE", "ACK", "CANCEL", "OPTIONS", "MESSAGE", "SUBSCRIBE", "NOTIFY"],
  ...["REFER", "INFO", "UPDATE", "PRACK", "PUBLISH"],
];

/** The rows of a stored list; what is no row is left out. */
export function faultRows(value: unknown): FaultRow[] {
  return Array.isArray(value)
    ? value.filter((row): row is FaultRow => typeof row === "object" && row !== null && !Array.isArray(row))
    : [];
}
