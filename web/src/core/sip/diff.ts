import { type Header, parseMessage } from "./message";

/** A line of a comparison: the same on both sides, changed, or on one side alone. */
export interface Pair {
  kind: "same" | "changed" | "left" | "right";
  /** The full name of the header; empty for the start line and lines of the body. */
  name: string;
  left: string;
  right: string;
}

export interface Difference {
  start: Pair;
  headers: Pair[];
  body: Pair[];
}

/** More lines than this are compared place by place, without looking for what moved. */
const MAX_LINES = 600;

/** What differs between two messages: headers by their names, wherever they stand; the body line by line. */
export function compareMessages(left: string, right: string): Difference {
  const [one, other] = [parseMessage(left), parseMessage(right)];
  return {
    start: pair("", one.startLine, other.startLine),
    headers: compareHeaders(one.headers, other.headers),
    body: compareLines(linesOf(one.body), linesOf(other.body)),
  };
}

/** Headers in the order of the left message, then those that the right one has alone. */
function compareHeaders(left: readonly Header[], right: readonly Header[]): Pair[] {
  const names = [...new Set([...left, ...right].map(({ fullName }) => fullName))];
  const [ones, others] = [valuesByName(left), valuesByName(right)];
  return names.flatMap((name) =>
    compareLines(ones.get(name) ?? [], others.get(name) ?? []).map((row) => ({ ...row, name })),
  );
}

function valuesByName(headers: readonly Header[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const { fullName, value } of headers) {
    const own = values.get(fullName);
    if (own === undefined) values.set(fullName, [value]);
    else own.push(value);
  }
  return values;
}

/** Two lists of lines side by side: what is common to both in order, and between that what was changed. */
export function compareLines(left: readonly string[], right: readonly string[]): Pair[] {
  const common =
    left.length > MAX_LINES || right.length > MAX_LINES
      ? samePlaces(left, right)
      : longestCommon(left, right);
  const pairs: Pair[] = [];
  let [i, j] = [0, 0];
  for (const [nextI, nextJ] of [...common, [left.length, right.length] as const]) {
    const [gone, come] = [left.slice(i, nextI), right.slice(j, nextJ)];
    for (let at = 0; at < Math.max(gone.length, come.length); at++) pairs.push(pair("", gone[at], come[at]));
    const text = left[nextI];
    if (text !== undefined) pairs.push({ kind: "same", name: "", left: text, right: text });
    [i, j] = [nextI + 1, nextJ + 1];
  }
  return pairs;
}

function pair(name: string, left: string | undefined, right: string | undefined): Pair {
  const kind =
    left === undefined ? "right" : right === undefined ? "left" : left === right ? "same" : "changed";
  return { kind, name, left: left ?? "", right: right ?? "" };
}

function samePlaces(left: readonly string[], right: readonly string[]): (readonly [number, number])[] {
  return left.flatMap((line, at) => (line === right[at] ? [[at, at] as const] : []));
}

/** The places of a longest common subsequence. */
function longestCommon(left: readonly string[], right: readonly string[]): (readonly [number, number])[] {
  const width = right.length + 1;
  const lengths = new Uint16Array((left.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        left[i] === right[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const places: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < left.length && j < right.length;) {
    if (left[i] === right[j]) places.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return places;
}

const linesOf = (body: string): string[] => (body === "" ? [] : body.replace(/\r?\n$/, "").split(/\r?\n/));

/** The part in the middle in which two texts differ: how long their common beginning and end are. */
export function commonEnds(left: string, right: string): { start: number; end: number } {
  const shorter = Math.min(left.length, right.length);
  let start = 0;
  while (start < shorter && left[start] === right[start]) start++;
  let end = 0;
  while (end < shorter - start && left[left.length - 1 - end] === right[right.length - 1 - end]) end++;
  return { start, end };
}
