import type { Tone } from "../labels";
import { BAR_HALF, LEVEL_SHIFT, MARK_LINE, MARK_SHIFT, STREAM_SHIFT, STREAM_WIDTH } from "../sizes";
import { strokeOf } from "../strokes";
import type { PictureBar } from "./bars";
import type { Line, Picture, PictureMark } from "./picture";
import { columnsOf } from "./width";

export interface Palette {
  ground: string;
  text: string;
  muted: string;
  line: string;
  soft: string;
  /** Of a call in which both sides send, and in which one does: ground and edge. */
  flowing: readonly [string, string];
  held: readonly [string, string];
  tones: Record<Tone, string>;
}

/** The light theme: pictures go into documents, which are white. */
export const PAPER: Palette = {
  ground: "#ffffff",
  text: "#1a1f27",
  muted: "#545e6d",
  line: "#d9dde3",
  soft: "#eef0f3",
  flowing: ["#d9f5e3", "#137a3b"],
  held: ["#fff1d6", "#a15c00"],
  tones: {
    request: "#1d4ed8",
    provisional: "#545e6d",
    success: "#137a3b",
    redirection: "#8a5a00",
    failure: "#c02323",
  },
};

const TIME_X = 72;
export const ROW = 34;
/** Where in its row an arrow runs. */
export const LINE_Y = 25;
const HEADER = 56;
const TITLE = 34;
const SIDE = 96;
const MIN_GAP = 180;
const MAX_GAP = 460;
/** The width of a letter at 12 px, on the average, rounded up. */
const LETTER = 6.9;
const FONT = "Inter, 'Noto Sans KR', 'Apple SD Gothic Neo', 'Malgun Gothic', system-ui, sans-serif";

export interface Svg {
  text: string;
  width: number;
  height: number;
}

/** The ladder as one SVG that needs nothing else. */
export function toSvg({ title, lanes, lines, bars }: Picture, palette: Palette = PAPER): Svg {
  const gap = gapOf(lines);
  const left = TIME_X + SIDE;
  const xs = lanes.map((_, place) => left + place * gap);
  const top = title === "" ? 0 : TITLE;
  const start = top + HEADER;
  const last = xs.at(-1) ?? left;
  const width = Math.ceil(Math.max(last + SIDE, ...lines.map((line) => reach(line, xs)), wide(title) + 32));
  const height = start + lines.length * ROW + 20;
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONT}" font-size="12" fill="${palette.text}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="${palette.ground}"/>`,
  ];
  if (title !== "") out.push(`<text x="16" y="23" font-size="14" font-weight="600">${escaped(title)}</text>`);
  for (const [place, { name, address }] of lanes.entries()) {
    const x = xs[place] ?? 0;
    out.push(
      `<line x1="${x}" y1="${start}" x2="${x}" y2="${height - 8}" stroke="${palette.line}"/>`,
      `<text class="lane" x="${x}" y="${top + 22}" text-anchor="middle" font-weight="600">${escaped(name)}</text>`,
      address === name || address === ""
        ? ""
        : `<text x="${x}" y="${top + 38}" text-anchor="middle" font-size="10.5" fill="${palette.muted}">${escaped(address)}</text>`,
    );
  }
  out.push(`<line x1="0" y1="${start - 8}" x2="${width}" y2="${start - 8}" stroke="${palette.line}"/>`);
  for (const bar of bars) out.push(barOf(bar, xs, start, palette));
  for (const [index, line] of lines.entries()) out.push(drawn(line, xs, start + index * ROW, palette));
  return { text: [...out.filter((part) => part !== ""), "</svg>"].join("\n"), width, height };
}

function drawn(line: Line, xs: readonly number[], y: number, palette: Palette): string {
  if (line.kind === "gap") {
    const middle = ((xs[0] ?? 0) + (xs.at(-1) ?? 0)) / 2;
    return pill(middle, y, line.text, palette.soft, palette.muted, "middle", palette);
  }
  const time = `<text x="${TIME_X}" y="${y + 24}" text-anchor="end" font-size="11" fill="${palette.muted}">${escaped(line.time)}</text>`;
  if (line.kind === "note") {
    const color = line.isFailure ? palette.tones.failure : palette.tones.success;
    const words = `${line.isFailure ? "✕" : "♪"} ${line.text}`;
    const x = xs[line.at] ?? 0;
    const mark = line.mark === null ? "" : markOf(line.mark, x, y, palette);
    return time + mark + pill(x, y, words, palette.ground, color, "start", palette);
  }
  const [from, to] = [xs[line.from] ?? 0, xs[line.to] ?? 0];
  if (line.kind === "media")
    return time + pill((from + to) / 2, y, line.text, palette.soft, palette.muted, "middle", palette);
  return `<g class="message" data-from="${line.from}" data-to="${line.to}">${time}${arrow(line, from, to, y, palette)}</g>`;
}

/** A call's bar stands on its lane, a stream's beside it, as on the screen. */
function barOf(
  { kind, at, from, to, isOpen, flow, isEarly, level }: PictureBar,
  xs: readonly number[],
  start: number,
  palette: Palette,
): string {
  const width = kind === "call" ? 2 * BAR_HALF : STREAM_WIDTH;
  const shift = kind === "call" ? level * LEVEL_SHIFT : -STREAM_SHIFT - level * LEVEL_SHIFT;
  const top = start + from * ROW + LINE_Y;
  const bottom = Math.max(start + to * ROW + (isOpen ? ROW : LINE_Y), top + 4);
  const isHeld = flow === "forward" || flow === "backward";
  const [ground, edge] = isHeld
    ? palette.held
    : flow === "both"
      ? palette.flowing
      : [palette.ground, palette.muted];
  const fill = kind === "stream" && flow === "both" ? edge : ground;
  const dash = isEarly || flow === "none" ? ` stroke-dasharray="3 3"` : "";
  return (
    `<rect class="${kind}" data-flow="${flow ?? "unknown"}" x="${(xs[at] ?? 0) + shift - width / 2}" y="${top}" width="${width}" height="${bottom - top}"` +
    `${kind === "stream" ? ` rx="${STREAM_WIDTH / 2}"` : ""} fill="${fill}" stroke="${edge}"${dash}/>`
  );
}

/** Left of the lane and of the bars that stand there. */
function markOf({ kind, lines }: PictureMark, x: number, y: number, { text, muted, held }: Palette): string {
  const color = { stream: muted, digits: held[1], figures: text }[kind];
  return lines
    .map((line, place) => {
      const base = y + 21 + (place - (lines.length - 1) / 2) * MARK_LINE;
      return `<text class="mark" x="${x - MARK_SHIFT}" y="${base}" text-anchor="end" font-size="10.5" font-weight="600" fill="${color}">${escaped(line)}</text>`;
    })
    .join("");
}

function arrow(
  { text, tone }: Extract<Line, { kind: "message" }>,
  from: number,
  to: number,
  y: number,
  { ground, tones }: Palette,
): string {
  const color = tones[tone];
  const isLoop = from === to;
  const isRequest = tone === "request";
  const at = y + LINE_Y;
  const { line, head, dot } = strokeOf(from, to, at, isRequest);
  const pen = `stroke="${color}" stroke-width="1.5" fill="none"`;
  const [x, base, anchor] = isLoop ? [from + 44, at, "start"] : [(from + to) / 2, y + 17, "middle"];
  return (
    `<path d="${line}" ${pen}${isRequest ? "" : ` stroke-dasharray="5 3.5"`}/>` +
    `<path d="${dot}${isRequest ? head : ""}" fill="${color}"/>${isRequest ? "" : `<path d="${head}" ${pen}/>`}` +
    `<text class="label" x="${x}" y="${base}" text-anchor="${anchor}" font-weight="600" fill="${color}" stroke="${ground}" stroke-width="4" stroke-linejoin="round" paint-order="stroke">${escaped(text)}</text>`
  );
}

function pill(
  x: number,
  y: number,
  text: string,
  ground: string,
  color: string,
  anchor: "middle" | "start",
  { line }: Palette,
): string {
  const width = Math.round(wide(text) + 20);
  const left = anchor === "middle" ? x - width / 2 : x - 6;
  return (
    `<rect x="${left}" y="${y + 8}" width="${width}" height="19" rx="9.5" fill="${ground}" stroke="${line}"/>` +
    `<text x="${left + width / 2}" y="${y + 21.5}" text-anchor="middle" font-size="11" fill="${color}">${escaped(text)}</text>`
  );
}

function gapOf(lines: readonly Line[]): number {
  let gap = MIN_GAP;
  for (const line of lines)
    if ((line.kind === "message" || line.kind === "media") && line.from !== line.to)
      gap = Math.max(gap, (wide(line.text) + 36) / Math.abs(line.to - line.from));
  return Math.round(Math.min(gap, MAX_GAP));
}

/** How far to the right a line goes that is wider than the lanes it belongs to. */
function reach(line: Line, xs: readonly number[]): number {
  if (line.kind === "gap") return 0;
  if (line.kind === "note") return (xs[line.at] ?? 0) + wide(line.text) + 40;
  const [from, to] = [xs[line.from] ?? 0, xs[line.to] ?? 0];
  return from === to ? from + wide(line.text) + 56 : (from + to) / 2 + wide(line.text) / 2 + 8;
}

const wide = (text: string): number => columnsOf(text) * LETTER;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
