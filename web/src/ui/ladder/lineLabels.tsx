import type { TFunction } from "i18next";
import { AudioLines, CirclePause, Moon, Music, OctagonX, VolumeX, X } from "lucide-react";
import type { CSSProperties, ReactNode } from "react";
import { labelOf, toneOf } from "@/core/ladder/labels";
import type { Layout } from "@/core/ladder/layout";
import type { Row } from "@/core/ladder/rows";
import { formatPause } from "@/core/ladder/time";
import { type Metrics, TIME_WIDTH } from "./geometry";
import { mediaText } from "./sentences";
import { TONE_COLOR } from "./tones";

/** What all lines have in common. */
export interface Frame {
  t: TFunction<"ladder">;
  /** Between whom a message went, in words. */
  between: (names: string) => string;
  layout: Layout;
  metrics: Metrics;
}

/** Where a line's words stand. */
export interface Place {
  frame: Frame;
  /** The lanes of its two ends, and the names of these, as one text: `caller\ncalled`. */
  from: number;
  to: number;
  names: string;
  /** How often its message was on the wire at the moment shown. */
  count: number;
}

/** The words of a line: one element, whose content is as flat as it can be. */
export interface LineLabel {
  content: ReactNode;
  className: string;
  style: CSSProperties;
}

/** Words may be a little wider than a short arrow. */
const MIN_LABEL = 184;
const LOOP_ROOM = 44;
const PILL_HEIGHT = 18;
const MAX_REMARK = 520;

const ICON = "mr-1.5 inline align-[-2px]";
const MARK = "ml-1 rounded-sm px-1 py-px text-[10px] tabular-nums";
const PILL = "rounded-full text-[11px] leading-4.5 ring-inset";
const MEDIA = {
  both: "bg-success-soft text-success ring-success/30",
  forward: "bg-event-soft text-event ring-event/30",
  backward: "bg-event-soft text-event ring-event/30",
  none: "bg-sunken text-muted ring-line",
};

export function labelOfRow(row: Row, place: Place): LineLabel {
  const { t, layout } = place.frame;
  switch (row.kind) {
    case "arrow":
      return arrowLabel(row, place);
    case "gap":
      return {
        className: `${PILL} bg-sunken px-2.5 text-muted`,
        style: pillStyle(
          place,
          layout.xs[0] ?? 0,
          Math.max((layout.xs.at(-1) ?? 0) - (layout.xs[0] ?? 0), 1),
        ),
        content: (
          <>
            <Moon size={11} aria-hidden className={ICON} />
            {t("gap", { time: formatPause(row.sinceMs) })}
          </>
        ),
      };
    case "remark":
      return remarkLabel(row, place);
    case "media": {
      const flow = row.begun.stretch.flow ?? "none";
      const Icon = flow === "both" ? AudioLines : flow === "none" ? VolumeX : CirclePause;
      const width = Math.max(Math.abs(place.to - place.from) - 20, 40);
      return {
        className: `${PILL} px-2 text-center font-medium ring-1 ${MEDIA[flow]}`,
        style: { ...pillStyle(place, Math.min(place.from, place.to) + 10, width), width },
        content: (
          <>
            <Icon size={12} aria-hidden className={ICON} />
            {mediaText(t, row.begun, place.names.split("\n"))}
          </>
        ),
      };
    }
  }
}

/** What a message says above its arrow or, in a dense ladder, on it. */
function arrowLabel({ arrow }: Extract<Row, { kind: "arrow" }>, place: Place): LineLabel {
  const { from, to, count } = place;
  const { rowHeight, lineY } = place.frame.metrics;
  const tone = toneOf(arrow.first);
  const { name, answers, sdp } = labelOf(arrow.first);
  const isLoop = from === to;
  const wide = Math.max(Math.abs(to - from) - 24, MIN_LABEL);
  const left = isLoop ? from + LOOP_ROOM : (from + to - wide) / 2;
  const top = isLoop ? rowHeight / 2 - 8 : rowHeight < 30 ? lineY - 8 : lineY - 20;
  return {
    className: `rounded bg-surface px-1.5 text-xs leading-4 font-semibold ${TONE_COLOR[tone]}`,
    style: { ...spanOf(place, left, isLoop ? MIN_LABEL : wide), top, ...(isLoop ? { marginLeft: 0 } : {}) },
    content: (
      <>
        {tone === "failure" && <X size={12} strokeWidth={3} aria-hidden className={ICON} />}
        {`${name} `}
        {answers !== null && <span className="ml-1 text-[11px] font-normal text-muted">{`${answers} `}</span>}
        {sdp !== null && (
          <span className={`${MARK} bg-surface font-medium text-muted ring-1 ring-line ring-inset`}>
            {sdp}
          </span>
        )}
        {count > 1 && <span className={`${MARK} bg-warning-soft text-warning`}>{`×${count}`}</span>}
      </>
    ),
  };
}

/** Whether what is said at a lane stands to the left of it. */
export const isFarRight = (x: number, width: number): boolean => x > width * 0.6;

/** What happened at one lane: a failure, or media told by the engine. */
function remarkLabel({ remark: { tone, text } }: Extract<Row, { kind: "remark" }>, place: Place): LineLabel {
  const { from: x } = place;
  const { width } = place.frame.layout;
  const isFailure = tone === "failure";
  const Icon = isFailure ? OctagonX : Music;
  // Where there is more room to the left, the words end at the lane.
  const isRight = isFarRight(x, width);
  const room = Math.min(isRight ? x : width - x, MAX_REMARK);
  const style = pillStyle(place, isRight ? x - room + 10 : x - 10, room);
  const color = isFailure
    ? "bg-failure-soft text-failure ring-failure/40"
    : "bg-success-soft text-success ring-success/40";
  const icon = (
    <Icon size={12} strokeWidth={2.5} aria-hidden className={isRight ? "ml-1.5 inline align-[-2px]" : ICON} />
  );
  return {
    className: `${PILL} font-medium ring-1 ${isRight ? "pr-1 pl-2.5" : "pr-2.5 pl-1"} ${color}`,
    style: { ...style, ...(isRight ? { marginRight: 0 } : { marginLeft: 0 }) },
    content: isRight ? [text, icon] : [icon, text],
  };
}

function pillStyle(place: Place, left: number, room: number): CSSProperties {
  return { ...spanOf(place, left, room), top: (place.frame.metrics.rowHeight - PILL_HEIGHT) / 2 };
}

/** From here to there; what is narrower stands in the middle. */
function spanOf({ frame: { layout } }: Place, left: number, room: number): CSSProperties {
  return { left: TIME_WIDTH + left, right: layout.width - left - room, maxWidth: room };
}
