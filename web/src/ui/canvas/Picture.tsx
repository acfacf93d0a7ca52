import { useStoreApi } from "@xyflow/react";
import { useEffect, useRef } from "react";
import { useFocus } from "@/features/focus/store";
import { useProblems } from "@/features/problems/store";
import { useRun } from "@/features/run/store";
import { useCarried } from "./carrying";
import type { CanvasNode, WireEdge } from "./graph";
import { Painter, type Scene } from "./painter";
import { useCanvas } from "./store";

/**
 * The scenario from afar, painted as a whole: once a frame at most, and only when something of it has changed. No
 * node or wire is drawn by itself then, so that neither a drag nor a run has hundreds of them to go through.
 */
export function Picture({ nodes, edges }: { nodes: readonly CanvasNode[]; edges: readonly WireEdge[] }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const shown = useRef({ nodes, edges });
  const ask = useRef<() => void>(() => undefined);
  const store = useStoreApi();
  useEffect(() => {
    if (canvas.current === null) return;
    const painter = new Painter(canvas.current);
    let frame = 0;
    const paint = (): void => {
      frame = 0;
      painter.paint({ ...shown.current, ...sceneNow() }, store.getState());
    };
    const soon = (): void => {
      if (frame === 0) frame = requestAnimationFrame(paint);
    };
    ask.current = soon;
    const themes = new MutationObserver(() => {
      painter.forgetColors();
      soon();
    });
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const followed = [store, useRun, useCanvas, useCarried, useProblems, useFocus].map((own) =>
      own.subscribe(soon),
    );
    paint();
    return () => {
      cancelAnimationFrame(frame);
      themes.disconnect();
      for (const leave of followed) leave();
    };
  }, [store]);
  useEffect(() => {
    shown.current = { nodes, edges };
    ask.current();
  }, [nodes, edges]);
  return (
    <canvas ref={canvas} aria-hidden className="picture pointer-events-none absolute inset-0 size-full" />
  );
}

function sceneNow(): Omit<Scene, "nodes" | "edges"> {
  const { find, wiring, wireUnderDrag, wirePointed } = useCanvas.getState();
  const { byNode } = useProblems.getState();
  const { nodeId, isByCanvas } = useFocus.getState();
  const lit = isByCanvas ? null : nodeId;
  const found = new Set(find?.hits);
  return {
    run: useRun.getState(),
    carried: useCarried.getState().places,
    litWire: wireUnderDrag ?? wirePointed,
    ringOf: ({ id }) =>
      wiring?.targets.has(id) === true ? "target" : found.has(id) ? "found" : lit === id ? "lit" : null,
    problemOf: (id) => byNode.get(id)?.[0]?.severity ?? null,
    isPale: (id) => wiring?.targets.has(id) === false,
  };
}
