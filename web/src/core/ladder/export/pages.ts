import { LINE_Y, ROW } from "./svg";
import type { Picture } from "./picture";

/** A picture in pieces of so many lines, each with its own header: paper has an end, and no text is cut by it. */
export function pagesOf(picture: Picture, linesPerPage: number): Picture[] {
  const pages: Picture[] = [];
  for (let first = 0; first < picture.lines.length; first += linesPerPage) {
    const lines = picture.lines.slice(first, first + linesPerPage);
    const last = lines.length - 1;
    const bars = picture.bars
      .filter(({ from, to }) => to >= first && from <= first + last)
      .map((bar) => ({
        ...bar,
        from: bar.from < first ? -LINE_Y / ROW : bar.from - first,
        to: Math.min(bar.to - first, last),
        isOpen: bar.isOpen || bar.to > first + last,
      }));
    pages.push({ ...picture, title: "", lines, bars });
  }
  return pages;
}
