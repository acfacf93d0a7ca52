import { ContextMenu as Context, DropdownMenu as Dropdown } from "radix-ui";
import type { ReactNode } from "react";
import { classes } from "./classes";

export interface MenuItem {
  label: string;
  keys?: string | undefined;
  isDisabled?: boolean;
  isDanger?: boolean;
  /** Whether a line stands above it. */
  startsGroup?: boolean;
  onSelect: () => void;
}

/** In the page's main part, so that it is in a landmark; beside what opened it in the order of Tab. */
export const menuPlace = (): HTMLElement | null => document.querySelector("main");
/** How near it comes to the edges of the window. */
export const MENU_MARGIN = 8;

const CONTENT = "z-50 min-w-44 rounded-lg border border-line bg-raised p-1 shadow-xl";
const ITEM =
  "flex h-7 cursor-pointer items-center gap-6 rounded px-2 outline-none data-[highlighted]:bg-accent-soft data-[disabled]:opacity-45";

/** A menu that opens from a button. */
export function Menu({ trigger, items }: { trigger: ReactNode; items: readonly MenuItem[] }) {
  return (
    // Not modal: a modal one hides all the rest from screen readers while parts of it can still be tabbed to.
    <Dropdown.Root modal={false}>
      <Dropdown.Trigger asChild>{trigger}</Dropdown.Trigger>
      <Dropdown.Portal container={menuPlace()}>
        <Dropdown.Content className={CONTENT} align="start" sideOffset={4} collisionPadding={MENU_MARGIN}>
          {rows(items, Dropdown)}
        </Dropdown.Content>
      </Dropdown.Portal>
    </Dropdown.Root>
  );
}

/** A menu that opens by right click or the menu key on what it encloses. */
export function ContextMenu({ children, items }: { children: ReactNode; items: readonly MenuItem[] }) {
  return (
    <Context.Root modal={false}>
      <Context.Trigger asChild>{children}</Context.Trigger>
      <Context.Portal container={menuPlace()}>
        <Context.Content className={CONTENT} collisionPadding={MENU_MARGIN}>
          {rows(items, Context)}
        </Context.Content>
      </Context.Portal>
    </Context.Root>
  );
}

function rows(items: readonly MenuItem[], kind: typeof Dropdown | typeof Context) {
  return items.flatMap((item) => [
    item.startsGroup === true && <kind.Separator key={`${item.label} line`} className="my-1 h-px bg-line" />,
    <kind.Item
      key={item.label}
      disabled={item.isDisabled ?? false}
      onSelect={item.onSelect}
      className={classes(ITEM, item.isDanger === true && "text-failure")}
    >
      <span className="flex-1">{item.label}</span>
      {item.keys !== undefined && <kbd className="font-sans text-xs text-muted">{item.keys}</kbd>}
    </kind.Item>,
  ]);
}
