import {
  Check,
  ChevronDown,
  ChevronRight,
  CornerDownRight,
  CornerLeftUp,
  LoaderCircle,
  Square,
  X,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import type { OutlineRow } from "@/core/document/outline";
import { branchOf } from "@/core/document/read";
import { useCatalogue } from "@/features/catalogue/store";
import { useShownDocument } from "@/features/editor/shown";
import { useNodeRun } from "@/features/run/store";
import { classes } from "@/ui/kit/classes";
import { NodeIcon } from "@/ui/kit/NodeIcon";

/** From this level on lines move no further to the right: their names need the room. */
const DEEPEST = 7;

const STATE_ICONS = { running: LoaderCircle, completed: Check, failed: X, stopped: Square };
const STATE_COLOURS = {
  running: "text-running",
  completed: "text-success",
  failed: "text-failure",
  stopped: "text-warning",
};

/** One node in the outline: its sign, its name and settings, how it stands in the run. */
export function OutlineLine({
  row: { item, level, position, siblings },
  isCurrent,
  isSelected,
  isCollapsed,
  onChoose,
  onToggle,
}: {
  row: OutlineRow;
  isCurrent: boolean;
  isSelected: boolean;
  isCollapsed: boolean;
  onChoose: () => void;
  onToggle: () => void;
}) {
  const { t } = useTranslation("properties");
  const { infoOf, titleOf, faceOf } = useCatalogue();
  const { node, isRepeated } = item;
  const hasChildren = item.children.length > 0;
  const isDisabled = node.data.disabled === true;
  const Chevron = isCollapsed ? ChevronRight : ChevronDown;
  return (
    <li
      role="treeitem"
      data-id={node.id}
      aria-level={level}
      aria-posinset={position}
      aria-setsize={siblings}
      aria-selected={isSelected}
      {...(hasChildren ? { "aria-expanded": !isCollapsed } : {})}
      tabIndex={isCurrent ? 0 : -1}
      onClick={onChoose}
      className={classes(
        "flex h-7 cursor-pointer items-center gap-1.5 pr-2 outline-offset-[-2px]",
        isSelected ? "bg-accent-soft" : "hover:bg-sunken",
        (isDisabled || isRepeated) && "text-muted",
      )}
      style={{ paddingLeft: `${(Math.min(level, DEEPEST) - 1) * 14 + 6}px` }}
    >
      <span
        aria-hidden
        className="flex w-4 shrink-0 justify-center text-muted"
        onClick={(event) => {
          if (!hasChildren) return;
          event.stopPropagation();
          onToggle();
        }}
      >
        {hasChildren && <Chevron size={14} />}
      </span>
      <NodeIcon
        name={infoOf(node)?.icon}
        size={14}
        className={classes(
          "shrink-0",
          node.type === "command" && "text-command",
          node.type === "event" && "text-event",
        )}
      />
      <FailureMark id={node.id} level={level} />
      <span
        className={classes(
          "min-w-8 truncate",
          node.type === "sipInstance" && "font-semibold",
          isDisabled && "line-through",
        )}
      >
        {titleOf(node)}
      </span>
      <span className="min-w-0 flex-1 truncate text-xs text-muted">{faceOf(node)}</span>
      {isRepeated && <Above />}
      {isDisabled && <span className="sr-only">{t("outline.disabled")}</span>}
      <StateMark id={node.id} />
    </li>
  );
}

/** Tells that what follows stands further up already. */
function Above() {
  const { t } = useTranslation("properties");
  return (
    <span className="shrink-0" title={t("outline.above")}>
      <CornerLeftUp aria-hidden size={14} />
      <span className="sr-only">{t("outline.above")}</span>
    </span>
  );
}

/** Tells that a failure leads here: the first line below a step. */
function FailureMark({ id, level }: { id: string; level: number }) {
  const { t } = useTranslation("properties");
  const { edges } = useShownDocument();
  if (level < 3 || !edges.some((edge) => edge.target === id && branchOf(edge) === "failure")) return null;
  return (
    <span className="flex shrink-0 items-center gap-0.5 text-xs text-failure">
      <CornerDownRight aria-hidden size={12} />
      {t("outline.onFailure")}
    </span>
  );
}

function StateMark({ id }: { id: string }) {
  const { t } = useTranslation("properties");
  const run = useNodeRun(id);
  if (run === null || run.state === "pending") return null;
  const Icon = STATE_ICONS[run.state];
  return (
    <span className={classes("shrink-0", STATE_COLOURS[run.state])}>
      <Icon aria-hidden size={14} />
      <span className="sr-only">{t(`outline.state.${run.state}`)}</span>
    </span>
  );
}
