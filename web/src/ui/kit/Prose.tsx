/** Code of up to so many characters stands on one line: broken, it would read as something else. */
const SHORT = 24;

/** A text that node types bring along: what stands in backticks is code. */
export function Prose({ text }: { text: string }) {
  return text.split("`").map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      <code key={index} className={part.length <= SHORT ? "whitespace-nowrap" : ""}>
        {part}
      </code>
    ),
  );
}
