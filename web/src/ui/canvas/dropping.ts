import type { DragEvent } from "react";
import type { NewNode, Place } from "@/core/document/edit";
import { wireAt } from "@/core/document/geometry";
import { NODE_SIZE } from "@/core/document/read";
import { isReadOnly } from "@/features/editor/shown";
import { useEditor } from "@/features/editor/store";
import { focusNode, toCanvas, useCanvas } from "./store";

/** A node type dragged from the palette: `{kind, name}` as JSON. */
export const DRAGGED_TYPE = "application/x-sipflow-node";

const KINDS = ["sipInstance", "command", "event"] as const;

export function dragOver(event: DragEvent): void {
  if (isReadOnly() || !event.dataTransfer.types.includes(DRAGGED_TYPE)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
  const wire = wireUnder(toCanvas({ x: event.clientX, y: event.clientY }));
  if (wire !== useCanvas.getState().wireUnderDrag) useCanvas.getState().set({ wireUnderDrag: wire });
}

export function dragLeave(event: DragEvent): void {
  if (event.currentTarget.contains(event.relatedTarget as Node | null)) return;
  useCanvas.getState().set({ wireUnderDrag: null });
}

export function drop(event: DragEvent): void {
  const dragged = readDragged(event.dataTransfer.getData(DRAGGED_TYPE));
  useCanvas.getState().set({ wireUnderDrag: null });
  if (dragged === null || isReadOnly()) return;
  event.preventDefault();
  const at = toCanvas({ x: event.clientX, y: event.clientY });
  const place = { x: at.x - NODE_SIZE.width / 2, y: at.y - NODE_SIZE.height / 2 };
  const wire = dragged.kind === "sipInstance" ? null : wireUnder(at);
  const editor = useEditor.getState();
  focusNode(wire === null ? editor.addNode(dragged, place) : editor.addOnEdge(wire, dragged, place));
}

const wireUnder = (at: Place): string | null => wireAt(useEditor.getState().document, at)?.id ?? null;

function readDragged(text: string): NewNode | null {
  try {
    const { kind, name } = JSON.parse(text) as Record<string, unknown>;
    const known = KINDS.find((own) => own === kind);
    return known !== undefined && typeof name === "string" ? { kind: known, name } : null;
  } catch {
    return null;
  }
}
