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
  /** Whether the mouse is there: only then is a hint of use. */
  isPointed: boolean;
  isSelected: boolean;
  isRelated: boolean;
}

export const lineId = ({ kind, id }: Pick<Row, "kind" | "id">): string => `ladder-${kind}-${id}`;

const ROW = "group relative w-full";
const LOOK = {
  still: "",
  plain: "cursor-pointer hover:bg-accent/8",
  related: "cursor-pointer bg-accent/8",
  selected: "cursor-pointer bg-accent/15",
};
/** Opaque, at the left edge, under which the lanes are moved. */
const TIME =
  "sticky left-0 z-10 block h-full border-l-3 pr-2 pl-1 text-right font-mono text-[11px] text-muted tabular-nums group-hover:text-text";
const TIME_LOOK = {
  still: "border-transparent bg-surface",
  plain: "border-transparent bg-surface group-hover:bg-[color-mix(in_srgb,var(--accent)_8%,var(--surface))]",
  related:
    "border-[color-mix(in_srgb,var(--accent)_40%,transparent)] bg-[color-mix(in_srgb,var(--accent)_8%,var(--surface))]",
  selected: "border-accent bg-[color-mix(in_srgb,var(--accent)_15%,var(--surface))]",
};

/** One line of the ladder: its time, and in words what happened at the lanes. */
export const Line = memo(function Line(props: LineProps) {
  const { frame, row, slot, index, size, time, call, isPointed, isSelected, isRelated } = props;
  const { content, className, style } = labelOfRow(row, props);
  const look = row.kind === "gap" ? "still" : isSelected ? "selected" : isRelated ? "related" : "plain";
  const { rowHeight } = frame.metrics;
  const name = nameOfLine(props);
  return (
    <div
      id={lineId(row)}
      role="option"
      aria-selected={isSelected}
      aria-current={isSelected || isRelated || undefined}
      aria-posinset={index + 1}
      aria-setsize={size}
      aria-label={name}
      title={isPointed ? name : undefined}
      data-kind={row.kind}
      data-slot={slot}
      className={`${ROW} ${LOOK[look]}`}
      style={{ height: rowHeight, lineHeight: `${rowHeight}px` }}
    >
      <span className={`${TIME} ${TIME_LOOK[look]}`} style={{ width: TIME_WIDTH }}>
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
