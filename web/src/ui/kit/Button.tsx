import { cva, type VariantProps } from "class-variance-authority";
import type { LucideIcon } from "lucide-react";
import { Tooltip } from "radix-ui";
import type { ComponentProps } from "react";
import { classes } from "./classes";

const look = cva(
  "inline-flex items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap cursor-pointer select-none disabled:opacity-45 disabled:cursor-default",
  {
    variants: {
      tone: {
        plain: "border border-line bg-surface hover:bg-sunken",
        quiet: "hover:bg-sunken",
        primary: "bg-accent text-accent-text hover:brightness-110",
        danger: "bg-failure-soft text-failure hover:brightness-95",
      },
      size: { normal: "h-8 px-3", small: "h-7 px-2 text-xs", icon: "h-8 w-8", smallIcon: "h-6 w-6" },
    },
    defaultVariants: { tone: "plain", size: "normal" },
  },
);

type Look = VariantProps<typeof look>;

export function Button({ tone, size, className, ...rest }: ComponentProps<"button"> & Look) {
  return <button type="button" {...rest} className={classes(look({ tone, size }), className)} />;
}

/** A button that shows only an icon: its label is read aloud, and shown with the key on hover and focus. */
export function IconButton({
  icon: Icon,
  label,
  keys,
  size = "icon",
  tone = "quiet",
  className,
  ...rest
}: Omit<ComponentProps<"button">, "children"> &
  Look & { icon: LucideIcon; label: string; keys?: string | undefined }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>
        <button
          type="button"
          {...rest}
          aria-label={label}
          className={classes(look({ tone, size }), className)}
        >
          <Icon aria-hidden size={size === "smallIcon" ? 14 : 16} />
        </button>
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          sideOffset={6}
          className="z-50 rounded-md bg-text px-2 py-1 text-xs text-canvas shadow-lg"
        >
          {label}
          {keys !== undefined && <kbd className="ml-2 font-sans opacity-75">{keys}</kbd>}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
