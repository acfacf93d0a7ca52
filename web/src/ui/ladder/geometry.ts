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
