import i18next from "i18next";
import { toast } from "sonner";
import { copyText, readClipboard, withoutSecrets } from "@/core/document/clipboard";
import type { Place } from "@/core/document/edit";
import { GRID, NODE_SIZE } from "@/core/document/read";
import type { FlowDocument } from "@/core/document/types";
import { isReadOnly, shownDocument } from "@/features/editor/shown";
import { useEditor } from "@/features/editor/store";
import { useWorkspace } from "@/features/workspace/store";
import { attempt } from "@/ui/kit/attempt";
import { focusNode, isOnCanvas, screenCenter, toCanvas } from "./store";

/** Copied nodes are JSON text on the system's clipboard: another tab, a ticket or a file can take them. */

const OFFSET = 2 * GRID;
const editor = useEditor.getState;

/** How often the same text has been pasted in a row: each copy stands a little further on. */
let pasted = { text: "", count: 0 };

function selectedText(ids: readonly string[]): string | null {
  return ids.length === 0 ? null : copyText(withoutSecrets(shownDocument()), ids);
}

export function copy(ids: readonly string[]): void {
  const text = selectedText(ids);
  if (text !== null) attempt(navigator.clipboard.writeText(text));
}

export function cut(ids: readonly string[]): void {
  copy(ids);
  editor().remove(ids, []);
}

/** Add the chosen nodes again, beside themselves. */
export function duplicate(ids: readonly string[]): void {
  const copied = readClipboard(copyText(editor().document, ids));
  if (copied === null) return;
  editor().paste(copied, { offset: { x: OFFSET, y: OFFSET } });
  focusFirst();
}

/** Paste where the browser lets the page read the clipboard; it may ask the person first. */
export function pasteFromSystem(): void {
  attempt(navigator.clipboard.readText().then(pasteText));
}

function pasteText(text: string): void {
  if (isReadOnly() || useWorkspace.getState().open === null) return;
  const copied = readClipboard(text);
  if (copied === null) {
    toast.info(i18next.t("editor:nothingToPaste"));
    return;
  }
  pasted = { text, count: pasted.text === text ? pasted.count + 1 : 1 };
  editor().paste(copied, placeOf(copied, OFFSET * pasted.count));
  focusFirst();
}

/** Beside the originals where those are in sight, else in the middle of what is. */
function placeOf(copied: FlowDocument, shift: number): { offset: Place } | { at: Place } {
  const pane = document.querySelector(".react-flow")?.getBoundingClientRect();
  const places = copied.nodes.map(({ position }) => position);
  const from = toCanvas({ x: pane?.left ?? 0, y: pane?.top ?? 0 });
  const to = toCanvas({ x: pane?.right ?? 0, y: pane?.bottom ?? 0 });
  const isInSight = places.some(({ x, y }) => x >= from.x && x <= to.x && y >= from.y && y <= to.y);
  if (isInSight) return { offset: { x: shift, y: shift } };
  const middle = toCanvas(screenCenter());
  return { at: { x: middle.x - NODE_SIZE.width / 2 + shift, y: middle.y - NODE_SIZE.height / 2 + shift } };
}

function focusFirst(): void {
  const [first] = editor().selection.nodes;
  if (first !== undefined) focusNode(first);
}

/** Take part in the browser's own copy, cut and paste while the canvas has the keyboard; returns what ends it. */
export function followClipboard(chosen: () => readonly string[]): () => void {
  const isOurs = ({ target }: Event) =>
    isOnCanvas(target) &&
    window.getSelection()?.isCollapsed !== false &&
    document.querySelector('[role="dialog"]') === null;
  const give = (event: ClipboardEvent): readonly string[] => {
    const ids = isOurs(event) ? chosen() : [];
    const text = selectedText(ids);
    if (text === null) return [];
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    return ids;
  };
  const onCopy = (event: ClipboardEvent): void => void give(event);
  const onCut = (event: ClipboardEvent): void => {
    if (!isReadOnly()) editor().remove(give(event), []);
  };
  const onPaste = (event: ClipboardEvent): void => {
    if (!isOurs(event)) return;
    event.preventDefault();
    pasteText(event.clipboardData?.getData("text/plain") ?? "");
  };
  document.addEventListener("copy", onCopy);
  document.addEventListener("cut", onCut);
  document.addEventListener("paste", onPaste);
  return () => {
    document.removeEventListener("copy", onCopy);
    document.removeEventListener("cut", onCut);
    document.removeEventListener("paste", onPaste);
  };
}
