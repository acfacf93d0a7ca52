import { Search } from "lucide-react";
import type { KeyboardEvent } from "react";
import { classes } from "./classes";
import { TextInput } from "./Field";

/** A line to search with. Esc empties it. A small one stands in a row of tools. */
export function SearchInput({
  id,
  label,
  value,
  onText,
  onKeyDown,
  isSmall = false,
  className,
}: {
  id?: string;
  label: string;
  value: string;
  onText: (text: string) => void;
  onKeyDown?: (event: KeyboardEvent) => void;
  isSmall?: boolean;
  className?: string;
}) {
  return (
    <label className={classes("relative flex items-center", className)}>
      <Search aria-hidden size={14} className="absolute left-2 text-muted" />
      <TextInput
        id={id}
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        maxLength={200}
        className={isSmall ? "h-7 pl-7 text-xs" : "pl-7"}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "Escape" && value !== "") {
            event.stopPropagation();
            onText("");
          } else onKeyDown?.(event);
        }}
      />
    </label>
  );
}
