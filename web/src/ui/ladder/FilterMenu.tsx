import { Check, ChevronDown } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useTranslation } from "react-i18next";
import { classes } from "@/ui/kit/classes";
import { MENU_MARGIN, menuPlace } from "@/ui/kit/Menu";

export interface Choice {
  label: string;
  note: string;
}

/** What may be hidden. It is asked for only while the menu is open: there may be thousands. */
interface Choosing {
  keysOf: () => readonly string[];
  choiceOf: (key: string) => Choice;
  hidden: ReadonlySet<string>;
  onChange: (hidden: ReadonlySet<string>) => void;
}

/** More than this is nothing to look through: the text filter finds the rest. */
const MAX_CHOICES = 200;
const ITEM =
  "flex min-h-7 cursor-pointer items-center gap-2 rounded px-2 outline-none data-[highlighted]:bg-accent-soft";

/** A button with a list of what may be hidden; it stays open while several are chosen. */
export function FilterMenu({
  label,
  total,
  hiddenCount,
  ...choosing
}: Choosing & {
  label: string;
  total: number;
  hiddenCount: number;
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        disabled={total === 0}
        className={classes(
          "flex h-7 shrink-0 cursor-pointer items-center gap-1 rounded-md border border-line px-2 text-xs hover:bg-sunken disabled:cursor-default disabled:opacity-45",
          hiddenCount > 0 && "border-accent bg-accent-soft",
        )}
      >
        {label}
        {hiddenCount > 0 && (
          <span className="tabular-nums">
            {total - hiddenCount}/{total}
          </span>
        )}
        <ChevronDown size={12} aria-hidden className="text-muted" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={menuPlace()}>
        <DropdownMenu.Content
          align="start"
          sideOffset={4}
          collisionPadding={MENU_MARGIN}
          className="z-50 max-h-80 max-w-96 min-w-52 overflow-auto rounded-lg border border-line bg-raised p-1 text-xs shadow-xl"
        >
          <Choices {...choosing} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Choices({ keysOf, choiceOf, hidden, onChange }: Choosing) {
  const { t } = useTranslation("ladder");
  const keys = keysOf();
  const toggle = (key: string) => {
    const next = new Set(hidden);
    if (!next.delete(key)) next.add(key);
    onChange(next);
  };
  return (
    <>
      <Stay onSelect={() => onChange(new Set())}>{t("showAll")}</Stay>
      <Stay onSelect={() => onChange(new Set(keys))}>{t("hideAll")}</Stay>
      <DropdownMenu.Separator className="my-1 h-px bg-line" />
      {keys.slice(0, MAX_CHOICES).map((key) => {
        const { label, note } = choiceOf(key);
        return (
          <DropdownMenu.CheckboxItem
            key={key}
            checked={!hidden.has(key)}
            onCheckedChange={() => toggle(key)}
            onSelect={(event) => event.preventDefault()}
            className={ITEM}
          >
            <span
              aria-hidden
              className="flex size-3.5 shrink-0 items-center justify-center rounded-xs ring-1 ring-muted ring-inset"
            >
              <DropdownMenu.ItemIndicator>
                <Check size={12} strokeWidth={3} />
              </DropdownMenu.ItemIndicator>
            </span>
            <span className="min-w-0 flex-1 truncate">{label}</span>
            <span className="shrink-0 text-muted tabular-nums">{note}</span>
          </DropdownMenu.CheckboxItem>
        );
      })}
      {keys.length > MAX_CHOICES && (
        <p className="px-2 py-1 text-muted">{t("more", { count: keys.length - MAX_CHOICES })}</p>
      )}
    </>
  );
}

function Stay({ children, onSelect }: { children: string; onSelect: () => void }) {
  return (
    <DropdownMenu.Item
      className={ITEM}
      onSelect={(event) => {
        event.preventDefault();
        onSelect();
      }}
    >
      {children}
    </DropdownMenu.Item>
  );
}
