import {
  AlignCenterVertical,
  AlignHorizontalSpaceAround,
  AlignStartHorizontal,
  AlignStartVertical,
  AlignVerticalSpaceAround,
  Trash2,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Alignment } from "@/core/document/edit";
import type { FlowNode } from "@/core/document/types";
import { perform } from "@/features/actions/registry";
import { useCatalogue } from "@/features/catalogue/store";
import { useIsReadOnly } from "@/features/editor/shown";
import { useEditor } from "@/features/editor/store";
import { Button, IconButton } from "@/ui/kit/Button";
import { Toggle } from "@/ui/kit/Toggle";
import { Row } from "./Row";

const ALIGNMENTS = {
  left: AlignStartVertical,
  center: AlignCenterVertical,
  top: AlignStartHorizontal,
  across: AlignHorizontalSpaceAround,
  down: AlignVerticalSpaceAround,
} satisfies Record<Alignment, unknown>;

/** Several things are chosen: what they are, and what can be done with all of them. */
export function Several({
  nodes,
  notes,
  wires,
}: {
  nodes: readonly FlowNode[];
  notes: number;
  wires: number;
}) {
  const { t } = useTranslation(["properties", "editor"]);
  const { infoOf } = useCatalogue();
  const isReadOnly = useIsReadOnly();
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const title = infoOf(node)?.title ?? node.type;
    counts.set(title, (counts.get(title) ?? 0) + 1);
  }
  if (notes > 0) counts.set(t("notes"), notes);
  if (wires > 0) counts.set(t("count.wires"), wires);
  const total = nodes.length + notes + wires;
  const steps = nodes.filter(({ type }) => type !== "sipInstance");
  return (
    <div className="flex flex-col gap-4 p-3">
      <div>
        <h3 className="text-sm font-semibold">{t("chosen", { count: total })}</h3>
        <p className="text-xs text-muted">
          {[...counts].map(([title, count]) => (count === 1 ? title : `${title} ×${count}`)).join(", ")}
        </p>
      </div>
      {!isReadOnly && (
        <>
          {nodes.length > 1 && (
            <div role="group" aria-label={t("arrange")} className="flex flex-col gap-1">
              <span aria-hidden className="font-medium">
                {t("arrange")}
              </span>
              <div className="flex gap-1">
                {Object.entries(ALIGNMENTS).map(([how, icon]) => (
                  <IconButton
                    key={how}
                    icon={icon}
                    tone="plain"
                    label={t(`editor:action.align-${how as Alignment}`)}
                    onClick={() => perform(`edit.align-${how}`)}
                  />
                ))}
              </div>
            </div>
          )}
          {steps.length > 0 && (
            <Row id="nodes-disabled" label={t("disabled")} help={t("disabledHelp")} isBeside>
              <Toggle
                id="nodes-disabled"
                describedBy="nodes-disabled-help"
                isOn={steps.every(({ data }) => data.disabled === true)}
                onChange={() => perform("edit.disable")}
              />
            </Row>
          )}
          <Button tone="danger" className="self-start" onClick={() => useEditor.getState().removeSelection()}>
            <Trash2 aria-hidden size={14} />
            {t("deleteAll", { count: total })}
          </Button>
        </>
      )}
    </div>
  );
}
