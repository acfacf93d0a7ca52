import { ChevronDown, ChevronUp, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useCatalogue } from "@/features/catalogue/store";
import { shownDocument } from "@/features/editor/shown";
import { useEditor } from "@/features/editor/store";
import { IconButton } from "@/ui/kit/Button";
import { TextInput } from "@/ui/kit/Field";
import { revealNode, useCanvas } from "./store";

/** Find nodes by name, setting or id; Enter goes from one to the next. */
export function FindBar() {
  const { t } = useTranslation("editor");
  const find = useCanvas((canvas) => canvas.find);
  if (find === null) return null;
  const { text, hits, at } = find;
  const go = (to: number): void => {
    const place = hits.length === 0 ? 0 : (to + hits.length) % hits.length;
    useCanvas.getState().set({ find: { ...find, at: place } });
    reveal(hits[place]);
  };
  const close = (): void => {
    useCanvas.getState().set({ find: null });
    document.querySelector<HTMLElement>("main [data-scope=canvas]")?.focus();
  };
  return (
    <search className="absolute top-3 right-3 z-10 flex items-center gap-1 rounded-lg border border-line bg-raised p-1.5 shadow-lg">
      <TextInput
        autoFocus
        aria-label={t("find")}
        placeholder={t("findHint")}
        value={text}
        onChange={({ target }) => {
          const found = hitsOf(target.value);
          useCanvas.getState().set({ find: { text: target.value, hits: found, at: 0 } });
          reveal(found[0]);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") go(at + (event.shiftKey ? -1 : 1));
          if (event.key === "Escape") close();
        }}
      />
      <span role="status" className="min-w-14 text-center text-xs text-muted tabular-nums">
        {text === "" ? "" : t("hits", { at: hits.length === 0 ? 0 : at + 1, count: hits.length })}
      </span>
      <IconButton icon={ChevronUp} label={t("previousHit")} size="smallIcon" onClick={() => go(at - 1)} />
      <IconButton icon={ChevronDown} label={t("nextHit")} size="smallIcon" onClick={() => go(at + 1)} />
      <IconButton icon={X} label={t("closeFind")} size="smallIcon" onClick={close} />
    </search>
  );
}

function hitsOf(text: string): string[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  const { titleOf, infoOf } = useCatalogue.getState();
  const { nodes, notes = [] } = shownDocument();
  const found = nodes.filter((node) => {
    const settings = Object.values(node.data).filter((value) => typeof value !== "object");
    const words = [node.id, titleOf(node), infoOf(node)?.title ?? "", ...settings.map(String)];
    return words.some((word) => word.toLowerCase().includes(wanted));
  });
  return [...found, ...notes.filter((note) => note.text.toLowerCase().includes(wanted))].map(({ id }) => id);
}

function reveal(id: string | undefined): void {
  if (id === undefined) return;
  useEditor.getState().select([id]);
  revealNode(id);
}
