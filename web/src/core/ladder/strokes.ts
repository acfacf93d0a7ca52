/** The parts of an arrow, as paths of SVG. */
export interface Stroke {
  line: string;
  /** Closed and filled for a request, open for a response. */
  head: string;
  /** Where the arrow comes from. */
  dot: string;
}

const HEAD = 8;
const DOT = 2;
/** How far a message that comes back to its lane goes out, and how far it goes down. */
const LOOP = 36;
const DROP = 9;

/** A message from one lane to another, at the height `y`; a loop where it goes back to the lane it came from. */
export function strokeOf(from: number, to: number, y: number, isRequest: boolean): Stroke {
  const isLoop = from === to;
  const sign = isLoop || to < from ? -1 : 1;
  const back = to - sign * HEAD;
  const start = isLoop ? y - 4 : y;
  const tip = isLoop ? start + DROP : y;
  const bend = isLoop ? `H${from + LOOP - HEAD}a4.5 4.5 0 0 1 0 ${DROP}` : "";
  return {
    line: `M${from} ${start}${bend}H${isRequest ? back : to}`,
    head: isRequest
      ? `M${to} ${tip}L${back} ${tip - 4}V${tip + 4}Z`
      : `M${back} ${tip - 4}L${to} ${tip}L${back} ${tip + 4}`,
    dot: `M${from - DOT} ${start}a${DOT} ${DOT} 0 1 0 ${2 * DOT} 0a${DOT} ${DOT} 0 1 0 ${-2 * DOT} 0`,
  };
}
