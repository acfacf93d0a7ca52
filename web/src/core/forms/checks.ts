import { asText } from "./values";

/** One check of a message, as the form shows it. */
export interface CheckRow {
  header: string;
  rule: string;
  value: string;
  variable: string;
}

export const CHECK_RULES = ["matches", "differs", "present", "absent"] as const;

/** The checks that a document holds; what is no check counts as an empty one. */
export function checkRows(value: unknown): CheckRow[] {
  if (!Array.isArray(value)) return [];
  return value.map((item) => {
    const row = (typeof item === "object" && item !== null ? item : {}) as Record<string, unknown>;
    const rule = asText(row["rule"]);
    return {
      header: asText(row["header"]),
      rule: rule === "" ? "matches" : rule,
      value: asText(row["value"]),
      variable: asText(row["variable"]),
    };
  });
}

export const isFilledCheck = ({ header, value, variable }: CheckRow): boolean =>
  header !== "" || value !== "" || variable !== "";

/** A check as it is stored: without what is empty. */
export const storedCheck = (row: CheckRow): Partial<CheckRow> =>
  Object.fromEntries(Object.entries(row).filter(([, text]) => text !== ""));
