import { NodeResizer, type NodeProps } from "@xyflow/react";
import { memo, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useIsReadOnly } from "@/features/editor/shown";
import { endGesture, useEditor } from "@/features/editor/store";
import { classes } from "@/ui/kit/classes";
import type { NoteNode } from "./graph";
import { useCanvas } from "./store";

const MAX_CHARS = 5_000;

/** A remark on the canvas; a double click or Enter writes in it. */
export const NoteView = memo(function NoteView({ id, data, selected }: NodeProps<NoteNode>) {
  const { t } = useTranslation("editor");
  const isReadOnly = useIsReadOnly();
  const isInHand = useCanvas(({ noteInHand }) => noteInHand === id) && !isReadOnly;
  return (
    <div
      className={classes("note h-full overflow-hidden rounded-md border p-2", selected && "step-selected")}
    >
      {!isReadOnly && (
        <NodeResizer
          isVisible={selected}
          minWidth={80}
          minHeight={40}
          onResizeEnd={(_, { x, y, width, height }) =>
            useEditor.getState().updateNote(id, { position: { x, y }, width, height })
          }
        />
      )}
      {isInHand ? (
        <Writing id={id} text={data.note.text} />
      ) : (
        <p className={classes("whitespace-pre-wrap", data.note.text === "" && "text-muted")}>
          {data.note.text === "" ? t("emptyNote") : data.note.text}
        </p>
      )}
    </div>
  );
});

function Writing({ id, text }: { id: string; text: string }) {
  const { t } = useTranslation("editor");
  const [gesture] = useState(() => `note ${id} ${Date.now()}`);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <textarea
      ref={field}
      aria-label={t("note")}
      className="nodrag nowheel size-full resize-none bg-transparent outline-none"
      maxLength={MAX_CHARS}
      value={text}
      onChange={(event) => useEditor.getState().updateNote(id, { text: event.target.value }, gesture)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        field.current?.closest<HTMLElement>(".react-flow__node")?.focus();
        event.currentTarget.blur();
      }}
      onBlur={() => {
        endGesture();
        useCanvas.getState().set({ noteInHand: null });
      }}
    />
  );
}
