import type { FlowDocument } from "./types";

/** Colours that lie apart for most eyes, on light and on dark ground; given out in the order of instances. */
export const COLORS = [
  "#2f7ed8",
  "#0e9f8e",
  "#e0752d",
  "#8b5cf6",
  "#d6457f",
  "#7a9a2b",
  "#4c6ef5",
  "#b08900",
];

/** Each instance's own colour: the one it names, else one by its place in the document. */
export function colorsOf(document: FlowDocument): Map<string, string> {
  const instances = document.nodes.filter(({ type }) => type === "sipInstance");
  return new Map(
    instances.map(({ id, data }, index) => [
      id,
      isColor(data.color) ? data.color : (COLORS[index % COLORS.length] ?? "#888888"),
    ]),
  );
}

/** Nothing but a plain colour reaches a style. */
const isColor = (value: unknown): value is string =>
  typeof value === "string" && /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(value);
