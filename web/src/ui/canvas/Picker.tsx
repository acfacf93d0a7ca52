import { Command } from "cmdk";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { fittingBehind } from "@/core/document/fitting";
import { branchOf } from "@/core/document/read";
import type { NodeTypeInfo } from "@/core/catalogue";
import { matchOf } from "@/core/search";
import { useCatalogue } from "@/features/catalogue/store";
import { useEditor } from "@/features/editor/store";
import { addChosen } from "./adding";
import { NothingFound } from "@/ui/kit/NothingFound";
import { NodeIcon } from "@/ui/kit/NodeIcon";
import { type Anchor, type CanvasState, focusNode, useCanvas } from "./store";

const SIZE = { width: 280, height: 340 };

/** A searchable list of the node types that fit where it was opened. */
export function Picker() {
  const picker = useCanvas((canvas) => canvas.picker);
  return picker === null ? null : <Open picker={picker} />;
}

function Open({ picker }: { picker: NonNullable<CanvasState["picker"]> }) {
  const { t } = useTranslation("editor");
  const types = useCatalogue((catalogue) => catalogue.types);
  const fitting = useFitting(picker.anchor, types);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const closeOutside = (event: PointerEvent) => {
      if (box.current?.contains(event.target as Node) === false) close(null);
    };
    window.addEventListener("pointerdown", closeOutside, true);
    return () => window.removeEventListener("pointerdown", closeOutside, true);
  }, []);
  const [query, setQuery] = useState("");
  const groups = [...new Set(fitting.map(({ groupTitle }) => groupTitle))];
  return (
    <div
      ref={box}
      className="fixed z-30 overflow-hidden rounded-lg border border-line bg-raised shadow-2xl"
      style={{
        width: SIZE.width,
        left: Math.max(8, Math.min(picker.screen.x, window.innerWidth - SIZE.width - 8)),
        top: Math.max(8, Math.min(picker.screen.y, window.innerHeight - SIZE.height - 8)),
      }}
    >
      <Command
        label={t("addNode")}
        loop
        shouldFilter={false}
        onKeyDown={(event) => {
          if (event.key === "Escape") close(picker.anchor);
          event.stopPropagation();
        }}
      >
        <Command.Input
          autoFocus
          value={query}
          onValueChange={setQuery}
          placeholder={t("searchNodes")}
          className="h-10 w-full border-b border-line bg-transparent px-3 outline-none placeholder:text-muted"
        />
        <Command.List label={t("addNode")} className="max-h-72 overflow-auto p-1">
          <NothingFound>{t("noNodeFound")}</NothingFound>
          {query.trim() === ""
            ? groups.map((group) => (
                <Command.Group
                  key={group}
                  heading={group}
                  className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted"
                >
                  {fitting
                    .filter(({ groupTitle }) => groupTitle === group)
                    .map((type) => (
                      <Item key={`${type.kind} ${type.name}`} type={type} />
                    ))}
                </Command.Group>
              ))
            : bestFirst(fitting, query).map((type) => <Item key={`${type.kind} ${type.name}`} type={type} />)}
        </Command.List>
      </Command>
    </div>
  );
}

function Item({ type }: { type: NodeTypeInfo }) {
  const tone = { sipInstance: "text-text", command: "text-command", event: "text-event" }[type.kind];
  return (
    <Command.Item
      value={`${type.kind} ${type.name}`}
      onSelect={() => addChosen({ kind: type.kind, name: type.name })}
      className="flex h-8 cursor-pointer items-center gap-2 rounded px-2 data-[selected=true]:bg-accent-soft"
    >
      <NodeIcon name={type.icon} size={15} className={tone} />
      <span className="truncate">{type.title}</span>
    </Command.Item>
  );
}

function bestFirst(types: readonly NodeTypeInfo[], query: string): readonly NodeTypeInfo[] {
  return types
    .map((type) => ({ type, match: matchOf(query, type.title, type.name, type.groupTitle, type.doc) }))
    .filter(({ match }) => match > 0)
    .sort((one, other) => other.match - one.match)
    .map(({ type }) => type);
}

function close(anchor: Anchor | null): void {
  useCanvas.getState().set({ picker: null });
  if (anchor?.kind === "after" || anchor?.kind === "before") focusNode(anchor.id);
  else if (anchor !== null) document.querySelector<HTMLElement>("main [data-scope=canvas]")?.focus();
}

/** What may stand at this place: behind a node, what its way there makes possible; else everything. */
function useFitting(anchor: Anchor, types: readonly NodeTypeInfo[]): readonly NodeTypeInfo[] {
  const document = useEditor((editor) => editor.document);
  switch (anchor.kind) {
    case "free":
      return types;
    case "before": {
      const takesInstance = !document.edges.some(({ target }) => target === anchor.id);
      return types.filter(({ kind }) => kind !== "sipInstance" || takesInstance);
    }
    case "after":
      return fittingBehind(document, anchor, types);
    case "wire": {
      const wire = document.edges.find(({ id }) => id === anchor.id);
      return wire === undefined
        ? types
        : fittingBehind(document, { id: wire.source, branch: branchOf(wire) }, types);
    }
  }
}
