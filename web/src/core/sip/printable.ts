/** Text from the network may hold what moves a cursor, turns the writing direction or shows nothing. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\uFFFE\uFFFF]/gu;

/** The text with everything that hides written out: `\u{202e}`. */
export function printable(text: string): string {
  return text.replace(HIDDEN, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The text, cut with an ellipsis where it is longer than this many characters. */
export function shortened(text: string, length: number): string {
  const chars = Array.from(text.slice(0, 2 * length + 2));
  return chars.length <= length ? text : `${chars.slice(0, length - 1).join("")}…`;
}
