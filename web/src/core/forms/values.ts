/** Between what a document holds, in the several spellings it may have, and what a person types. */

/** A value as a line of text; a list is joined. */
export function asText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? value.map(asText).join(", ") : "";
}

/** A typed text as it is stored: nothing where it is empty. */
export const textFrom = (text: string): string | undefined => (text === "" ? undefined : text);

/** A typed number as it is stored; what is no number stays as it is typed, for a finding to say so. */
export function numberFrom(text: string): number | string | undefined {
  const plain = text.trim();
  if (plain === "") return undefined;
  return /^-?\d{1,15}(\.\d{1,6})?$/.test(plain) ? Number(plain) : text;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 };

/** Milliseconds of a time written with its unit, such as `30 s` or `1.5m`; null for anything else. */
export function durationFrom(text: string): number | null {
  const match = /^\s*(\d{1,9}(?:\.\d{1,6})?)\s*(ms|s|min|m|h)\s*$/i.exec(text);
  const unit = UNITS[match?.[2]?.toLowerCase() ?? ""];
  return match === null || unit === undefined ? null : Math.round(Number(match[1]) * unit);
}

export const isTemplate = (value: unknown): boolean => typeof value === "string" && value.includes("{{");

/** Whether a value is on or off; null where it is neither. */
export function flagFrom(value: unknown): boolean | null {
  if (typeof value === "boolean") return value;
  const text = asText(value).trim().toLowerCase();
  if (["true", "yes", "on", "1"].includes(text)) return true;
  return ["false", "no", "off", "0"].includes(text) ? false : null;
}

export type HeaderRow = readonly [name: string, value: string];

/** Header fields from pairs, objects with name and value, one object, or lines of text: as the engine reads them. */
export function headerRows(value: unknown): HeaderRow[] {
  if (typeof value === "string")
    return value
      .split(/\r?\n/)
      .filter((line) => line !== "")
      .map((line): HeaderRow => {
        const at = line.indexOf(":");
        return at < 0 ? [line.trim(), ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
      });
  if (Array.isArray(value)) return value.map(headerRow);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).map(([name, text]): HeaderRow => [name, asText(text)]);
}

function headerRow(item: unknown): HeaderRow {
  if (Array.isArray(item)) return [asText(item[0]), asText(item[1])];
  if (typeof item !== "object" || item === null) return [asText(item), ""];
  const { name, value } = item as Record<string, unknown>;
  return [asText(name), asText(value)];
}

/** Names in a list, each once. */
export function namesIn(value: unknown): string[] {
  const names = Array.isArray(value) ? value.map(asText) : asText(value).split(",");
  return [...new Set(names.map((name) => name.trim()).filter((name) => name !== ""))];
}
