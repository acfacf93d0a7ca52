import type { Line, Picture } from "./picture";
import { columnsOf } from "./width";

const TIME_COLUMNS = 13;
const MARGIN = 12;
const MIN_GAP = 24;
const MAX_GAP = 56;
/** What an arrow needs beside its words: two bars, its head and a dash on either side. */
const STROKE = 6;

/** The ladder in letters of one width, one line each; words that find no room in an arrow stand behind it. */
export function toText({ title, lanes, lines }: Picture): string {
  const gap = gapOf(lines);
  const columns = lanes.map((_, place) => TIME_COLUMNS + MARGIN + place * gap);
  const rail = () => put(columns.map((at) => [at, "|"] as const));
  const out = [
    ...(title === "" ? [] : [title, ""]),
    put(lanes.map(({ name }, place) => [centred(columns[place], name), name] as const)),
    put(lanes.map(({ address }, place) => [centred(columns[place], address), address] as const)),
    rail(),
    ...lines.map((line) => lineText(line, columns)),
    rail(),
  ];
  return `${out.map((line) => line.trimEnd()).join("\n")}\n`;
}

function gapOf(lines: readonly Line[]): number {
  let gap = MIN_GAP;
  for (const line of lines)
    if (line.kind === "message" || line.kind === "media")
      if (line.from !== line.to)
        gap = Math.max(gap, (columnsOf(line.text) + STROKE + 2) / Math.abs(line.to - line.from));
  return Math.min(Math.ceil(gap), MAX_GAP);
}

function lineText(line: Line, columns: readonly number[]): string {
  const rails = columns.map((at) => [at, "|"] as const);
  if (line.kind === "gap")
    return put(
      columns.map((at) => [at, ":"] as const),
      `  ... ${line.text}`,
    );
  const time = [Math.max(TIME_COLUMNS - 2 - line.time.length, 0), line.time] as const;
  if (line.kind === "note") {
    const at = columns[line.at] ?? 0;
    const before = rails.filter(([rail]) => rail < at);
    return put([time, ...before, [at, `${line.isFailure ? "X" : "*"} ${line.text}`]]);
  }
  const [from, to] = [columns[line.from] ?? 0, columns[line.to] ?? 0];
  if (from === to) return put([time, ...rails], `  <-+ ${line.text}`);
  const [left, right] = [Math.min(from, to), Math.max(from, to)];
  const room = right - left - 1;
  const isInside = columnsOf(line.text) + STROKE <= room;
  const words = isInside ? ` ${line.text} ` : "";
  const dash = line.kind === "media" ? "=" : line.tone === "request" ? "-" : "- ";
  const fill = (columnsCount: number) => dash.repeat(columnsCount).slice(0, columnsCount);
  const rest = room - columnsOf(words) - (line.kind === "media" ? 0 : 1);
  const body = `${fill(rest >> 1)}${words}${fill(rest - (rest >> 1))}`;
  const stroke = line.kind === "media" ? body : to > from ? `${body}>` : `<${body}`;
  const outside = rails.filter(([at]) => at <= left || at >= right);
  return put([time, ...outside, [left + 1, stroke]], isInside ? "" : `  ${line.text}`);
}

const centred = (column: number | undefined, text: string): number =>
  Math.max((column ?? 0) - (columnsOf(text) >> 1), 0);

/** Pieces of text at their columns, and what follows behind them all. */
function put(pieces: readonly (readonly [number, string])[], behind = ""): string {
  let line = "";
  let at = 0;
  for (const [column, text] of [...pieces].sort(([one], [other]) => one - other)) {
    const space = Math.max(column - at, line === "" ? 0 : text === "|" || column === at ? 0 : 1);
    line += " ".repeat(space) + text;
    at += space + columnsOf(text);
  }
  return line + behind;
}
