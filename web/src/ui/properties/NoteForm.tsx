import { StickyNote } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Note } from "@/core/document/types";
import { useIsReadOnly } from "@/features/editor/shown";
import { useEditor } from "@/features/editor/store";
import { TextArea } from "@/ui/kit/Field";
import { Row } from "./Row";
import { useGesture } from "./useGesture";

/** A remark on the canvas. */
export function NoteForm({ note }: { note: Note }) {
  const { t } = useTranslation("properties");
  const isReadOnly = useIsReadOnly();
  const { gesture, parts } = useGesture(note.id);
  return (
    <div className="flex flex-col gap-4 p-3">
      <h3 className="flex items-center gap-2 text-sm font-semibold">
        <StickyNote aria-hidden size={18} className="text-muted" />
        {t("note")}
      </h3>
      <Row {...parts} id="note-text" label={t("noteText")}>
        <TextArea
          id="note-text"
          rows={8}
          value={note.text}
          maxLength={10_000}
          readOnly={isReadOnly}
          onChange={(event) =>
            useEditor.getState().updateNote(note.id, { text: event.target.value }, gesture())
          }
        />
      </Row>
    </div>
  );
}
