/** Sizes of bars and marks on the lanes, in pixels: the same on the screen and in an exported picture. */

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
