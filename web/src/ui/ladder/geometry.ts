/** Sizes in CSS pixels that several parts of the ladder share. */

/** The column of times, left of the lanes. */
export const TIME_WIDTH = 96;
export const HEADER_HEIGHT = 44;

export interface Metrics {
  rowHeight: number;
  /** Where the line of an arrow runs, from the top of its row. */
  lineY: number;
}

export const ROOMY: Metrics = { rowHeight: 34, lineY: 25 };
export const DENSE: Metrics = { rowHeight: 22, lineY: 11 };

/** Half the width of the bar of a call, on which arrows end while the call has one. */
export const BAR_HALF = 4;
export const LEVEL_SHIFT = 5;

/** How far left of its lane the bar of a stream stands, and how wide it is. */
export const STREAM_SHIFT = 10;
export const STREAM_WIDTH = 4;
/** How far from its lane a stream's mark stands. */
export const MARK_SHIFT = 28;
/** From one line of a mark to the next: two fit a dense line. */
export const MARK_LINE = 11;
