import { Tooltip } from "radix-ui";
import { createElement } from "react";
import type { NodeTypeInfo } from "@/core/catalogue";
import { DRAGGED_TYPE } from "@/ui/canvas/dropping";
import { classes } from "@/ui/kit/classes";
import { Prose } from "@/ui/kit/Prose";
import { iconNamed } from "@/ui/kit/nodeIcons";

/** The look of a kind of node: colour and shape, as on the canvas. */
const LOOKS = {
  sipInstance: "rounded bg-sunken text-text",
  command: "rounded bg-command-soft text-command",
  event: "rounded-full bg-event-soft text-event",
};

/** A node type: its sign and its name, and beside it what it does. */
export function PaletteItem({
  type,
  id,
  isTabStop,
  isDisabled,
  onFocus,
  onAdd,
}: {
  type: NodeTypeInfo;
  id: string;
  isTabStop: boolean;
  isDisabled: boolean;
  onFocus: () => void;
  onAdd: () => void;
}) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>
        <button
          type="button"
          data-type={id}
          tabIndex={isTabStop ? 0 : -1}
          aria-disabled={isDisabled}
          draggable={!isDisabled}
          onDragStart={({ dataTransfer }) => {
            dataTransfer.setData(DRAGGED_TYPE, JSON.stringify({ kind: type.kind, name: type.name }));
            dataTransfer.effectAllowed = "copy";
          }}
          onFocus={onFocus}
          onClick={onAdd}
          className={classes(
            "flex h-8 w-full cursor-grab items-center gap-2 rounded-md px-1 text-left hover:bg-sunken active:cursor-grabbing",
            isDisabled && "cursor-default opacity-50 active:cursor-default",
          )}
        >
          <span className={classes("grid size-6 shrink-0 place-items-center", LOOKS[type.kind])}>
            {createElement(iconNamed(type.icon), { "aria-hidden": true, size: 14 })}
          </span>
          <span className="truncate">{type.title}</span>
        </button>
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          side="right"
          sideOffset={8}
          className="z-50 max-w-72 rounded-md bg-text px-2.5 py-1.5 text-xs text-canvas shadow-lg"
        >
          <span className="block font-semibold">{type.name}</span>
          <Prose text={type.doc} />
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
