import { memo } from "react";
import type { Row } from "@/core/ladder/rows";
import { CallTag, callName } from "./CallTag";
import { TIME_WIDTH } from "./geometry";
import { labelOfRow, type Place } from "./lineLabels";
import { sentenceOf } from "./sentences";

export interface LineProps extends Place {
  row: Row;
  /** Its place in the window, which stays that of its elements. */
  slot: number;
  /** Its place among all lines, and their number. */
  index: number;
  size: number;
  time: string;
  /** The place of its call among the calls, where there are several. */
  call: number | null;
  isSelected: boolean;
  isRelated: boolean;
}

export const lineId = ({ kind, id }: Pick<Row, "kind" | "id">): string => `ladder-${kind}-${id}`;

const TINT = {
  still: "[--tint:0%]",
  plain: "cursor-pointer [--tint:0%] hover:[--tint:8%]",
  related: "cursor-pointer [--tint:8%] [--edge:40%]",
  selected: "cursor-pointer [--tint:15%] [--edge:100%]",
};
/** Opaque at the left edge, under which the lanes are moved. */
const TIME =
  "sticky left-0 z-10 flex h-full items-center justify-end border-l-3 pr-2 pl-1 font-mono text-[11px] text-muted tabular-nums group-hover:text-text border-[color-mix(in_srgb,var(--accent)_var(--edge,0%),transparent)] bg-[color-mix(in_srgb,var(--accent)_var(--tint),var(--surface))]";

/** One line of the ladder: its time, and in words what happened at the lanes. */
export const Line = memo(function Line(props: LineProps) {
  const { frame, row, slot, index, size, time, call, isSelected, isRelated } = props;
  const { content, className, style } = labelOfRow(row, props);
  const tint = row.kind === "gap" ? "still" : isSelected ? "selected" : isRelated ? "related" : "plain";
  return (
    <div
      id={lineId(row)}
      role="option"
      aria-selected={isSelected}
      aria-posinset={index + 1}
      aria-setsize={size}
      aria-label={nameOfLine(props)}
      data-kind={row.kind}
      data-slot={slot}
      className={`group relative w-full bg-[color-mix(in_srgb,var(--accent)_var(--tint),transparent)] ${TINT[tint]}`}
      style={{ height: frame.metrics.rowHeight }}
    >
      <span className={TIME} style={{ width: TIME_WIDTH }}>
        {call !== null && <CallTag index={call} />}
        {/* Spaces that nobody sees part the words for those who hear or copy them. */}
        {` ${time} `}
      </span>
      <span className={`pointer-events-none absolute mx-auto w-fit truncate ${className}`} style={style}>
        {content}
      </span>
    </div>
  );
});

/** What is seen, in its order, and what the drawing says besides. */
function nameOfLine({ frame: { t, between }, row, time, call, count, names }: LineProps): string {
  const sentence = sentenceOf(t, row, count, names, between);
  return [call === null ? null : callName(call), time, sentence].filter((part) => part).join(", ");
}
