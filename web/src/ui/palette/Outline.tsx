import { ListTree } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { outlineOf, type OutlineRow, rowsOf } from "@/core/document/outline";
import { useShownDocument } from "@/features/editor/shown";
import { useEditor } from "@/features/editor/store";
import { useFocus } from "@/features/focus/store";
import { Empty } from "@/ui/kit/Empty";
import { OutlineLine } from "./OutlineLine";

const select = (id: string): void => {
  useEditor.getState().select([id]);
  useFocus.getState().show({ nodeId: id });
};

/**
 * The scenario as a tree, equal to the canvas: what is chosen here is chosen there, and the canvas's keys (add, wire,
 * disable, delete, copy …) work here too.
 */
export function Outline() {
  const { t } = useTranslation("properties");
  const shown = useShownDocument();
  const tree = useMemo(() => outlineOf(shown), [shown]);
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => rowsOf(tree, collapsed), [tree, collapsed]);
  const selected = useEditor(({ selection }) => selection.nodes);
  const list = useRef<HTMLUListElement>(null);
  const [key, setKey] = useState<string | null>(null);
  const current =
    rows.find(({ item }) => item.key === key && selected.includes(item.node.id)) ??
    rows.find(({ item }) => selected.includes(item.node.id) && !item.isRepeated) ??
    rows[0];

  const currentKey = current?.item.key;
  useEffect(() => {
    list.current?.querySelector('[tabindex="0"]')?.scrollIntoView({ block: "nearest" });
  }, [currentKey]);

  useEffect(() => {
    const noteFocus = ({ target }: FocusEvent): void => {
      if (!(target instanceof Element)) return;
      if (list.current?.contains(target) === true) list.current.dataset.inUse = "";
      else if (target.closest(".react-flow") !== null) delete list.current?.dataset.inUse;
    };
    document.addEventListener("focusin", noteFocus);
    return () => document.removeEventListener("focusin", noteFocus);
  }, []);

  const go = (row: OutlineRow | undefined): void => {
    if (row === undefined) return;
    setKey(row.item.key);
    select(row.item.node.id);
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus());
  };
  const toggle = (itemKey: string): void => {
    const now = new Set(collapsed);
    if (!now.delete(itemKey)) now.add(itemKey);
    setCollapsed(now);
  };
  const press = (event: KeyboardEvent): void => {
    if (current === undefined || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const at = rows.indexOf(current);
    const { item, parent } = current;
    const isOpen = item.children.length > 0 && !collapsed.has(item.key);
    const steps: Record<string, () => void> = {
      ArrowDown: () => go(rows[at + 1]),
      ArrowUp: () => go(rows[at - 1]),
      Home: () => go(rows[0]),
      End: () => go(rows.at(-1)),
      ArrowRight: () => (item.children.length > 0 && !isOpen ? toggle(item.key) : isOpen && go(rows[at + 1])),
      ArrowLeft: () => (isOpen ? toggle(item.key) : go(rows.find((row) => row.item.key === parent))),
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    step();
  };

  if (current === undefined) return <Empty icon={ListTree} title={t("outline.empty")} />;
  return (
    <ul
      ref={list}
      role="tree"
      aria-label={t("outline.label")}
      aria-multiselectable
      data-scope="canvas"
      className="pb-3"
      onKeyDown={press}
    >
      {rows.map((row) => (
        <OutlineLine
          key={row.item.key}
          row={row}
          isCurrent={row === current}
          isSelected={selected.includes(row.item.node.id)}
          isCollapsed={collapsed.has(row.item.key)}
          onChoose={() => go(row)}
          onToggle={() => toggle(row.item.key)}
        />
      ))}
    </ul>
  );
}
