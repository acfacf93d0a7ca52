import { type MouseEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";

/** The part of a long list of rows of one height that is in sight, and a little around it. */
export interface RowWindow {
  /** For the element that scrolls. */
  setScroller: (element: HTMLElement | null) => void;
  first: number;
  /** One past the last. */
  end: number;
  /** How many rows are wholly in sight. */
  page: number;
  totalHeight: number;
  /** Of the element that scrolls, without its scroll bar and what stays at its top. */
  width: number;
  height: number;
  /** How far down the first row begins. */
  offset: number;
  isFollowing: boolean;
  /** Keep the end in sight from now on, also as the list grows. */
  follow: () => void;
  /** Bring a row into sight, if it is not; `across` is what of it matters, in pixels from the left of all. */
  reveal: (index: number, across?: readonly [number, number]) => void;
  /** The place in the window of the row that the mouse is at; -1 beside all rows, and once they are scrolled. */
  pointed: number;
  /** For the element that has the rows. */
  onMouseMove: (event: MouseEvent) => void;
  onMouseLeave: () => void;
}

export interface RowOptions {
  /** What stays at the top of the element that scrolls, in pixels. */
  headerHeight?: number;
  /** What stays at its left, in pixels. */
  sideWidth?: number;
  /** Whether the end is in sight at first, and then followed. */
  startsAtEnd?: boolean;
}

/** Rows beyond both edges, and how far the window moves at a time. */
const AROUND = 2;

/**
 * Render only what is in sight of rows that are all of one height. Whoever has scrolled to the end stays there as
 * the list grows; whoever scrolls up stays where they are.
 *
 * Rows should be keyed by their place in the window: each then keeps its elements, and only what they say changes.
 */
export function useRows(
  count: number,
  rowHeight: number,
  { headerHeight = 0, sideWidth = 0, startsAtEnd = true }: RowOptions = {},
): RowWindow {
  const scroller = useRef<HTMLElement | null>(null);
  /** The first row in sight, by steps of the window; null while the end is followed. */
  const [top, setTop] = useState<number | null>(startsAtEnd ? null : 0);
  const [pointed, setPointed] = useState(-1);
  const [{ width, height }, setSize] = useState({ width: 0, height: 0 });
  const isFollowing = top === null;
  const inSight = Math.ceil(height / rowHeight) + 1;

  const setScroller = useCallback(
    (element: HTMLElement | null) => {
      scroller.current = element;
      if (element === null) return;
      let before = element.scrollTop;
      const scrolled = () => {
        const { scrollTop } = element;
        const isUp = scrollTop < before;
        before = scrollTop;
        const row = topOf(element, rowHeight);
        // In the frame that scrolls, lest a frame without the rows be seen before that with them.
        flushSync(() => {
          setTop((now) => (now === null && !isUp ? null : row));
          setPointed(-1);
        });
      };
      const resized = new ResizeObserver(() =>
        setSize({ width: element.clientWidth, height: element.clientHeight - headerHeight }),
      );
      element.addEventListener("scroll", scrolled, { passive: true });
      resized.observe(element);
      return () => {
        element.removeEventListener("scroll", scrolled);
        resized.disconnect();
        scroller.current = null;
      };
    },
    [rowHeight, headerHeight],
  );

  useLayoutEffect(() => {
    if (isFollowing && scroller.current !== null) scroller.current.scrollTop = count * rowHeight;
  }, [count, rowHeight, isFollowing, height]);

  const [wanted, setWanted] = useState<{ index: number; across?: readonly [number, number] } | null>(null);
  useEffect(() => {
    const element = scroller.current;
    if (wanted === null || element === null) return;
    if (wanted.across !== undefined) showAcross(element, wanted.across, sideWidth);
    const at = wanted.index * rowHeight;
    const room = element.clientHeight - headerHeight;
    if (at >= element.scrollTop && at + rowHeight <= element.scrollTop + room) return;
    element.scrollTop = at - (room - rowHeight) / 2;
    setTop(topOf(element, rowHeight)); // at once: who still follows the end is led back there
  }, [wanted, rowHeight, headerHeight, sideWidth]);
  const reveal = useCallback<RowWindow["reveal"]>(
    (index, across) => setWanted({ index, ...(across && { across }) }),
    [],
  );
  const follow = useCallback(() => setTop(null), []);

  const onMouseMove = useCallback((event: MouseEvent) => setPointed(slotOf(event)), []);
  const onMouseLeave = useCallback(() => setPointed(-1), []);

  const last = Math.max(count - inSight, 0);
  const first = Math.max((top === null ? last : Math.min(top, last)) - AROUND, 0);
  return {
    setScroller,
    first,
    end: Math.min(first + inSight + 3 * AROUND, count),
    page: Math.max(Math.floor(height / rowHeight), 1),
    totalHeight: count * rowHeight,
    width,
    height,
    offset: first * rowHeight,
    isFollowing,
    follow,
    reveal,
    pointed,
    onMouseMove,
    onMouseLeave,
  };
}

/** Scroll sideways until this stretch is in sight, its middle in the middle; of a longer one its beginning. */
function showAcross(element: HTMLElement, [from, to]: readonly [number, number], sideWidth: number): void {
  const { scrollLeft, clientWidth } = element;
  const room = clientWidth - sideWidth;
  if (from >= scrollLeft + sideWidth && to <= scrollLeft + clientWidth) return;
  element.scrollLeft = to - from > room ? from - sideWidth : (from + to - room) / 2 - sideWidth;
}

/** The first row in sight, by steps of the window; null at the end. */
function topOf({ scrollTop, scrollHeight, clientHeight }: HTMLElement, rowHeight: number): number | null {
  const isAtEnd = scrollTop + clientHeight >= scrollHeight - 1;
  return isAtEnd ? null : Math.floor(scrollTop / rowHeight / AROUND) * AROUND;
}

/** The place in its window of the row that the mouse is at, as its `data-slot` tells; -1 beside all rows. */
export function slotOf({ target }: MouseEvent): number {
  const row = target instanceof Element ? target.closest("[data-slot]") : null;
  return row === null ? -1 : Number(row.getAttribute("data-slot"));
}
