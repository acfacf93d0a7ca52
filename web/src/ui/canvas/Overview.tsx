import { Panel, useStoreApi } from "@xyflow/react";
import { type PointerEvent, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { CanvasNode } from "./graph";
import { useCanvas } from "./store";

const SIZE = { width: 140, height: 96 };
const MARGIN = 6;
/** For what no chain reaches; stands out from light and from dark ground. */
const NO_COLOR = "#8a94a3";

/** How a place on the canvas lies in the overview. */
interface Scale {
  left: number;
  top: number;
  factor: number;
}

/**
 * The whole drawing in small, with a frame around what is seen; press or drag to look elsewhere. It is painted only
 * when the drawing changes: moving the view moves the frame alone.
 */
export function Overview({ nodes }: { nodes: readonly CanvasNode[] }) {
  const { t } = useTranslation("editor");
  const store = useStoreApi();
  const picture = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const scale = useMemo(() => scaleOf(nodes), [nodes]);
  useEffect(() => {
    if (picture.current !== null) paint(picture.current, nodes, scale);
  }, [nodes, scale]);
  useEffect(() => {
    const follow = (): void => {
      const { transform, width, height } = store.getState();
      if (frame.current !== null) place(frame.current, scale, transform, { width, height });
    };
    follow();
    return store.subscribe(follow);
  }, [scale, store]);

  const look = ({ buttons, currentTarget, clientX, clientY }: PointerEvent<HTMLElement>): void => {
    const { flow } = useCanvas.getState();
    if (buttons !== 1 || flow === null) return;
    const box = currentTarget.getBoundingClientRect();
    const x = (clientX - box.left) / scale.factor + scale.left;
    const y = (clientY - box.top) / scale.factor + scale.top;
    void flow.setCenter(x, y, { zoom: flow.getZoom() });
  };
  return (
    <Panel position="bottom-right">
      <div
        className="overview relative cursor-pointer overflow-hidden rounded-md border border-line bg-raised"
        style={SIZE}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          look(event);
        }}
        onPointerMove={look}
      >
        <canvas ref={picture} role="img" aria-label={t("minimap")} style={SIZE} />
        <div ref={frame} className="overview-frame pointer-events-none absolute top-0 left-0" />
      </div>
    </Panel>
  );
}

const sizeOf = ({ width = 0, height = 0 }: CanvasNode) => ({ width, height });

function scaleOf(nodes: readonly CanvasNode[]): Scale {
  if (nodes.length === 0) return { left: 0, top: 0, factor: 0.1 };
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const node of nodes) {
    const { width, height } = sizeOf(node);
    left = Math.min(left, node.position.x);
    top = Math.min(top, node.position.y);
    right = Math.max(right, node.position.x + width);
    bottom = Math.max(bottom, node.position.y + height);
  }
  const factor = Math.min(
    (SIZE.width - 2 * MARGIN) / (right - left),
    (SIZE.height - 2 * MARGIN) / (bottom - top),
    0.15,
  );
  const centered = (from: number, to: number, size: number) => (from + to - size / factor) / 2;
  return { left: centered(left, right, SIZE.width), top: centered(top, bottom, SIZE.height), factor };
}

function paint(canvas: HTMLCanvasElement, nodes: readonly CanvasNode[], { left, top, factor }: Scale): void {
  const brush = canvas.getContext("2d");
  if (brush === null) return;
  const density = window.devicePixelRatio;
  canvas.width = SIZE.width * density;
  canvas.height = SIZE.height * density;
  brush.scale(density, density);
  for (const node of nodes) {
    const { width, height } = sizeOf(node);
    brush.fillStyle = ("color" in node.data ? node.data.color : null) ?? NO_COLOR;
    brush.globalAlpha = node.type === "note" ? 0.3 : 1;
    const [x, y] = [(node.position.x - left) * factor, (node.position.y - top) * factor];
    brush.fillRect(x, y, Math.max(width * factor, 1.5), Math.max(height * factor, 1.5));
  }
}

function place(
  frame: HTMLElement,
  { left, top, factor }: Scale,
  [x, y, zoom]: readonly [number, number, number],
  size: { width: number; height: number },
): void {
  const within = (at: number, most: number): number => Math.min(Math.max(at, 0), most);
  const across = (at: number): number => within(((at - x) / zoom - left) * factor, SIZE.width);
  const down = (at: number): number => within(((at - y) / zoom - top) * factor, SIZE.height);
  frame.style.transform = `translate(${across(0)}px, ${down(0)}px)`;
  frame.style.width = `${across(size.width) - across(0)}px`;
  frame.style.height = `${down(size.height) - down(0)}px`;
}
