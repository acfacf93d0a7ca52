import { Popover } from "radix-ui";
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from "react";
import { classes } from "./classes";
import { TextInput } from "./Field";

export interface Option {
  value: string;
  hint: string;
}

/** What is offered now, and what the text becomes when one of it is taken. */
export interface Offer {
  options: readonly Option[];
  take: (value: string) => { text: string; caret: number };
}

/**
 * A line of text with things to choose from, after the ARIA pattern of a combobox: the list opens while typing, by
 * a click or by an arrow key; arrows and Enter choose, Esc closes, and any other text stands as well.
 */
export function Combo({
  id,
  value,
  offer,
  onText,
  unit,
  className,
  isReadOnly = false,
  isInvalid = false,
  onKeyDown,
  ...rest
}: {
  id?: string;
  value: string;
  /** What to offer at the caret; `isTyping` tells that the text is not just looked at. */
  offer: (text: string, caret: number, isTyping: boolean) => Offer;
  onText: (text: string) => void;
  /** Shown inside, at the end. */
  unit?: ReactNode;
  className?: string;
  isReadOnly?: boolean;
  isInvalid?: boolean;
  placeholder?: string | undefined;
  inputMode?: "numeric" | "text";
  onKeyDown?: (event: KeyboardEvent) => void;
  onBlur?: () => void;
  "aria-label"?: string;
  "aria-describedby"?: string | undefined;
}) {
  const listId = useId();
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [isTyping, setTyping] = useState(false);
  const [at, setAt] = useState(-1);
  const [caret, setCaret] = useState(0);
  const { options, take } = isOpen ? offer(value, caret, isTyping) : NOTHING;
  const isShown = options.length > 0;

  const open = (typing: boolean): void => {
    if (isReadOnly) return;
    setCaret(input.current?.selectionStart ?? value.length);
    setTyping(typing);
    setAt(-1);
    setOpen(true);
  };
  const choose = (option: Option): void => {
    const { text, caret: after } = take(option.value);
    onText(text);
    setOpen(false);
    requestAnimationFrame(() => input.current?.setSelectionRange(after, after));
  };
  const go = (index: number): void => {
    setAt(index);
    list.current?.children[index]?.scrollIntoView({ block: "nearest" });
  };
  const press = (event: KeyboardEvent): void => {
    const chosen = options[at];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isShown) {
        open(false);
        return;
      }
      const step = event.key === "ArrowDown" ? 1 : -1;
      go((at + step + options.length + (at < 0 && step < 0 ? 1 : 0)) % options.length);
    } else if (event.key === "Enter" && isShown && chosen !== undefined) {
      event.preventDefault();
      choose(chosen);
    } else if (event.key === "Escape" && isShown) {
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
    } else onKeyDown?.(event);
  };

  return (
    <Popover.Root open={isShown} onOpenChange={setOpen}>
      <Popover.Anchor asChild>
        <span className={classes("relative flex w-full items-center", className)}>
          <TextInput
            {...rest}
            ref={input}
            {...(id === undefined ? {} : { id })}
            role="combobox"
            aria-autocomplete="list"
            aria-expanded={isShown}
            aria-controls={isShown ? listId : undefined}
            aria-activedescendant={isShown && at >= 0 ? `${listId}-${at}` : undefined}
            aria-invalid={isInvalid}
            readOnly={isReadOnly}
            value={value}
            className={unit === undefined ? undefined : "pr-20"}
            onKeyDown={press}
            onClick={() => open(false)}
            onChange={(event) => {
              onText(event.target.value);
              open(true);
            }}
            onBlur={() => {
              setOpen(false);
              rest.onBlur?.();
            }}
          />
          {unit !== undefined && (
            <span className="pointer-events-none absolute right-2 max-w-[4.5rem] truncate text-xs text-muted">
              {unit}
            </span>
          )}
        </span>
      </Popover.Anchor>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={4}
          onOpenAutoFocus={(event) => event.preventDefault()}
          onCloseAutoFocus={(event) => event.preventDefault()}
          // The input is no part of the list, but a click on it does not leave it either.
          onInteractOutside={(event) => event.preventDefault()}
          className="z-50 w-[max(var(--radix-popover-trigger-width),14rem)] rounded-lg border border-line bg-raised p-1 shadow-xl"
        >
          <ul ref={list} role="listbox" id={listId} className="max-h-60 overflow-auto">
            {options.map((option, index) => (
              <li
                key={option.value}
                id={`${listId}-${index}`}
                role="option"
                aria-selected={index === at}
                onPointerDown={(event) => {
                  // The input keeps the keyboard.
                  event.preventDefault();
                  choose(option);
                }}
                className={classes(
                  "flex h-7 cursor-pointer items-center gap-3 rounded px-2",
                  index === at ? "bg-accent-soft" : "hover:bg-sunken",
                )}
              >
                <span className="min-w-0 truncate">{option.value}</span>
                <span className="ml-auto max-w-40 truncate text-xs text-muted">{option.hint}</span>
              </li>
            ))}
          </ul>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

const NOTHING: Offer = { options: [], take: (text) => ({ text, caret: text.length }) };
