import type { Viewport } from "@xyflow/react";
import { boundsOf } from "@/core/document/geometry";
import { shownDocument } from "@/features/editor/shown";
import { useCanvas } from "./store";

/** Room around the drawing, and what the buttons and the overview in the corners take of it. */
const EDGE = 24;
const BUTTONS_WIDTH = 64;
const OVERVIEW = { width: 172, height: 124 };

/** Where the whole scenario is in sight, no larger than it is, and clear of the corners: left of the overview or above it. */
function wholeView(): Viewport | null {
  const area = document.querySelector(".react-flow")?.getBoundingClientRect();
  const bounds = boundsOf(shownDocument());
  if (area === undefined || bounds === null) return null;
  const views = [
    { right: OVERVIEW.width, bottom: EDGE },
    { right: EDGE, bottom: OVERVIEW.height },
  ].map(({ right, bottom }): Viewport => {
    const [width, height] = [area.width - BUTTONS_WIDTH - right, area.height - EDGE - bottom];
    const fitting = Math.min(width / Math.max(bounds.width, 1), height / Math.max(bounds.height, 1));
    const zoom = Math.min(Math.max(fitting, MIN_ZOOM), 1);
    const [left, top] = [
      between(BUTTONS_WIDTH, area.width, right, bounds.width * zoom),
      between(EDGE, area.height, bottom, bounds.height * zoom),
    ];
    return { x: left - bounds.x * zoom, y: top - bounds.y * zoom, zoom };
  });
  return views.reduce((best, view) => (view.zoom > best.zoom ? view : best));
}

/** Where something of this length begins: in the middle of all there is, as far as both ends stay clear. */
const between = (start: number, whole: number, end: number, length: number): number =>
  Math.max(Math.min((whole - length) / 2, whole - end - length), start);

export function fit(): void {
  const view = wholeView();
  if (view !== null) void useCanvas.getState().flow?.setViewport(view, { duration: 200 });
}

/** From here on a scenario is large: what is out of sight is not drawn; of fewer nodes all can be reached by Tab. */
export const MANY_NODES = 120;
/** How far out the canvas can be zoomed. */
export const MIN_ZOOM = 0.1;
/** Below this zoom nothing can be read: the canvas is a picture. */
export const FAR_ZOOM = 0.35;
/** At this zoom a scenario is opened that is too large to be read as a whole. */
const FIRST_ZOOM = 0.7;
const FIRST_MARGIN = 48;

/** What is seen of a scenario when it is opened: the whole, or its beginning where the whole can't be read. */
export function showFirst(): void {
  const whole = wholeView() ?? { x: 0, y: 0, zoom: 1 };
  const { x, y } = boundsOf(shownDocument()) ?? { x: 0, y: 0 };
  const beginning = { x: FIRST_MARGIN - x * FIRST_ZOOM, y: FIRST_MARGIN - y * FIRST_ZOOM, zoom: FIRST_ZOOM };
  void useCanvas.getState().flow?.setViewport(whole.zoom < FAR_ZOOM ? beginning : whole);
}
