import type { Picture } from "./picture";

/** What Mermaid reads as nothing but a letter; everything else is written as its number. */
const PLAIN = /[\p{L}\p{N}\p{M} .,_·×…()/→⇄]/u;

/** A sequence diagram for Mermaid, as Markdown pages draw it. Source: mermaid.js.org, Sequence diagrams. */
export function toMermaid({ lanes, lines }: Picture): string {
  const out = ["sequenceDiagram"];
  for (const [place, { name, address }] of lanes.entries()) {
    const second = address === "" || address === name ? "" : `<br/>${escaped(address)}`;
    out.push(`    participant p${place} as ${escaped(name)}${second}`);
  }
  for (const line of lines) {
    if (line.kind === "gap") {
      const over = lanes.length > 1 ? `p0,p${lanes.length - 1}` : "p0";
      out.push(`    Note over ${over}: ${escaped(line.text)}`);
    } else if (line.kind === "note") out.push(`    Note over p${line.at}: ${escaped(line.text)}`);
    else if (line.kind === "media") {
      const [left, right] = [Math.min(line.from, line.to), Math.max(line.from, line.to)];
      out.push(`    Note over p${left}${left === right ? "" : `,p${right}`}: ${escaped(line.text)}`);
    } else {
      const arrow = line.tone === "request" ? "->>" : "-->>";
      out.push(`    p${line.from}${arrow}p${line.to}: ${escaped(line.text)}`);
    }
  }
  return `${out.join("\n")}\n`;
}

function escaped(text: string): string {
  const coded = Array.from(text, (char) => (PLAIN.test(char) ? char : `#${char.codePointAt(0) ?? 0};`)).join(
    "",
  );
  // `end` as a word of its own ends a block; a text of spaces is none.
  return coded.trim() === ""
    ? "#160;"
    : coded.replace(/\bend\b/giu, (word) => `#${word.charCodeAt(0)};${word.slice(1)}`);
}
