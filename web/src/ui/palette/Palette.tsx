import { SearchX } from "lucide-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { NodeTypeInfo } from "@/core/catalogue";
import { matchOf } from "@/core/search";
import { useCatalogue } from "@/features/catalogue/store";
import { useIsReadOnly } from "@/features/editor/shown";
import { useWorkspace } from "@/features/workspace/store";
import { addSensibly } from "@/ui/canvas/adding";
import { Empty } from "@/ui/kit/Empty";
import { SearchInput } from "@/ui/kit/SearchInput";
import { PaletteItem } from "./PaletteItem";

const keyOf = ({ kind, name }: NodeTypeInfo) => `${kind} ${name}`;

/**
 * All node types by group, to be dragged to the canvas, or added by a click or Enter. One Tab reaches the list, arrows
 * walk through it; Enter in the search adds the best hit.
 */
export function Palette() {
  const { t } = useTranslation("properties");
  const types = useCatalogue((catalogue) => catalogue.types);
  const isLocked = useIsReadOnly();
  const isOpen = useWorkspace((workspace) => workspace.open !== null);
  const isDisabled = isLocked || !isOpen;
  const [query, setQuery] = useState("");
  const [current, setCurrent] = useState<string | null>(null);
  const [added, setAdded] = useState("");
  const list = useRef<HTMLDivElement>(null);
  const groups = useMemo(() => grouped(types, query), [types, query]);
  const found = groups.flatMap((group) => group.types);
  const tabStop = found.find((type) => keyOf(type) === current) ?? found[0];

  const add = (type: NodeTypeInfo): void => {
    if (isDisabled) return;
    addSensibly({ kind: type.kind, name: type.name });
    setAdded(t("palette.added", { title: type.title }));
  };
  const focus = (type: NodeTypeInfo | undefined): void => {
    if (type === undefined) return;
    setCurrent(keyOf(type));
    list.current?.querySelector<HTMLElement>(`[data-type="${CSS.escape(keyOf(type))}"]`)?.focus();
  };
  const walk = (event: KeyboardEvent): void => {
    const at = tabStop === undefined ? -1 : found.indexOf(tabStop);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: found.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    if (next < 0) document.getElementById("palette-search")?.focus();
    else focus(found[next]);
  };

  return (
    <div className="flex h-full flex-col">
      <div className="px-3 pt-0.5 pb-2">
        <SearchInput
          id="palette-search"
          label={t("palette.search")}
          value={query}
          onText={setQuery}
          onKeyDown={(event) => {
            const best = query === "" ? undefined : bestOf(found, query);
            if (event.key === "Enter" && best !== undefined) add(best);
            else if (event.key === "ArrowDown") focus(found[0]);
            else return;
            event.preventDefault();
          }}
        />
      </div>
      <div ref={list} onKeyDown={walk} className="min-h-0 flex-1 overflow-auto px-2 pb-3">
        {groups.map((group) => (
          <section key={group.title} aria-label={group.title} className="mb-2">
            <h3 className="px-1 pt-1 pb-0.5 text-xs text-muted">{group.title}</h3>
            <ul>
              {group.types.map((type) => (
                <li key={keyOf(type)}>
                  <PaletteItem
                    type={type}
                    id={keyOf(type)}
                    isTabStop={type === tabStop}
                    isDisabled={isDisabled}
                    onFocus={() => setCurrent(keyOf(type))}
                    onAdd={() => add(type)}
                  />
                </li>
              ))}
            </ul>
          </section>
        ))}
        {found.length === 0 && query !== "" && <Empty icon={SearchX} title={t("palette.nothing")} />}
      </div>
      <p role="status" className="sr-only">
        {added}
      </p>
    </div>
  );
}

interface Group {
  title: string;
  types: NodeTypeInfo[];
}

const scoreOf = ({ title, name, doc, groupTitle }: NodeTypeInfo, query: string) =>
  matchOf(query, title, name, groupTitle, doc);

/** The types that answer the query, in the catalogue's order. */
function grouped(types: readonly NodeTypeInfo[], query: string): Group[] {
  const groups = new Map<string, Group>();
  for (const type of types) {
    if (scoreOf(type, query) === 0) continue;
    const group = groups.get(type.group) ?? { title: type.groupTitle, types: [] };
    group.types.push(type);
    groups.set(type.group, group);
  }
  return [...groups.values()];
}

const bestOf = (types: readonly NodeTypeInfo[], query: string): NodeTypeInfo | undefined =>
  [...types].sort((one, other) => scoreOf(other, query) - scoreOf(one, query))[0];
