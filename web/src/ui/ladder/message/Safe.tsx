import { printable } from "@/core/sip/printable";

const ESCAPE = /(\\u\{[0-9a-f]+\})/;

/** Text from the wire: whatever hides, turns or moves text is written out, and marked as written by us. */
export function Safe({ children }: { children: string }) {
  const text = printable(children.replaceAll("\t", "    "));
  if (text === children) return text;
  return text.split(ESCAPE).map((part, at) =>
    at % 2 === 1 ? (
      <span key={at} className="rounded-xs bg-warning-soft text-warning">
        {part}
      </span>
    ) : (
      part
    ),
  );
}
