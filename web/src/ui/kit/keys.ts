import { useActions } from "@/features/actions/registry";

const isApple = typeof navigator !== "undefined" && /Mac|iP(hone|ad)/.test(navigator.userAgent);
const NAMES: Readonly<Record<string, string>> = {
  $mod: isApple ? "⌘" : "Ctrl",
  Shift: isApple ? "⇧" : "Shift",
  Alt: isApple ? "⌥" : "Alt",
  Period: ".",
  Equal: "=",
  Minus: "−",
  Slash: "/",
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Delete: "Del",
  Backspace: "⌫",
  Escape: "Esc",
};

/** A key in tinykeys' notation as the keyboard has it: `$mod+KeyS` is Ctrl+S, or ⌘S. */
export function formatKeys(keys: string): string {
  const parts = keys.split("+").map((part) => NAMES[part] ?? part.replace(/^(Key|Digit)(?=.)/, ""));
  return parts.join(isApple ? "" : "+");
}

/** The first key of an action, as the keyboard has it. */
export function keysOf(id: string): string | undefined {
  const first = useActions.getState().actions.get(id)?.keys?.[0];
  return first === undefined ? undefined : formatKeys(first);
}
