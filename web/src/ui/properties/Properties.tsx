import { Lock } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { isReadOnly, useIsReadOnly, useShownDocument } from "@/features/editor/shown";
import { useEditor } from "@/features/editor/store";
import { useFocus } from "@/features/focus/store";
import { focusNode } from "@/ui/canvas/store";
import { redo, undo } from "@/ui/workspace/importing";
import { NodeForm } from "./NodeForm";
import { NoteForm } from "./NoteForm";
import { ScenarioForm } from "./ScenarioForm";
import { Several } from "./Several";
import { WireForm } from "./WireForm";

/** Everything about what is chosen on the canvas; about the scenario, where nothing is. */
export function Properties() {
  const { t } = useTranslation("properties");
  const isLocked = useIsReadOnly();
  const panel = useRef<HTMLElement>(null);
  useFieldFocus(panel);
  return (
    <aside
      ref={panel}
      id="properties-panel"
      aria-label={t("title")}
      onKeyDown={pressed}
      className="h-full overflow-auto bg-surface"
    >
      {isLocked && (
        <p className="sticky top-0 z-10 flex items-center gap-2 border-b border-line bg-accent-soft px-3 py-1.5 text-xs">
          <Lock aria-hidden size={13} />
          {t("readOnly")}
        </p>
      )}
      <Chosen />
    </aside>
  );
}

function Chosen() {
  const document = useShownDocument();
  const selection = useEditor((editor) => editor.selection);
  const ids = new Set([...selection.nodes, ...selection.edges]);
  const nodes = document.nodes.filter(({ id }) => ids.has(id));
  const notes = (document.notes ?? []).filter(({ id }) => ids.has(id));
  const edges = document.edges.filter(({ id }) => ids.has(id));
  const [node, note, edge] = [nodes[0], notes[0], edges[0]];
  if (nodes.length + notes.length + edges.length > 1)
    return <Several nodes={nodes} notes={notes.length} wires={edges.length} />;
  if (node !== undefined) return <NodeForm key={node.id} node={node} />;
  if (note !== undefined) return <NoteForm key={note.id} note={note} />;
  if (edge !== undefined) return <WireForm edge={edge} />;
  return <ScenarioForm />;
}

/** A finding names a field: give it the keyboard. */
function useFieldFocus(panel: React.RefObject<HTMLElement | null>): void {
  const { field, request } = useFocus();
  useEffect(() => {
    if (field === null) return;
    const frame = requestAnimationFrame(() => {
      const row = panel.current?.querySelector(`[data-field="${CSS.escape(field)}"]`);
      row?.scrollIntoView({ block: "nearest" });
      row?.querySelector<HTMLElement>("input, select, textarea, button")?.focus();
    });
    return () => cancelAnimationFrame(frame);
  }, [panel, field, request]);
}

/** Esc gives the keyboard back to what is chosen on the canvas. */
function pressed(event: KeyboardEvent): void {
  const [id] = useEditor.getState().selection.nodes;
  if (event.key === "Escape" && id !== undefined) focusNode(id);
  else undoInFields(event);
}

/** The browser's own undo knows one field; ours knows every edit, and takes a field's as one step. */
function undoInFields(event: KeyboardEvent): void {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || isReadOnly()) return;
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y") return;
  event.preventDefault();
  event.stopPropagation();
  if (key === "y" || event.shiftKey) redo();
  else undo();
}
