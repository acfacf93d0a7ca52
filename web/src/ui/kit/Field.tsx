import type { ComponentProps } from "react";
import { classes } from "./classes";

const BOX =
  "w-full rounded-md border border-line bg-surface px-2 text-text placeholder:text-muted aria-invalid:border-failure disabled:opacity-60";

export function TextInput({ className, ...rest }: ComponentProps<"input">) {
  return <input spellCheck={false} autoComplete="off" {...rest} className={classes(BOX, "h-8", className)} />;
}

export function TextArea({ className, ...rest }: ComponentProps<"textarea">) {
  return <textarea spellCheck={false} {...rest} className={classes(BOX, "py-1.5", className)} />;
}

export function Select({ className, ...rest }: ComponentProps<"select">) {
  return <select {...rest} className={classes(BOX, "h-8", className)} />;
}
