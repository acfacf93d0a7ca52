import { useEffect } from "react";
import { tinykeys } from "tinykeys";
import { type Action, useActions } from "@/features/actions/registry";

/** Let the keys of all registered actions work, except where they would be text. */
export function useKeys(): void {
  const actions = useActions((registry) => registry.actions);
  useEffect(() => {
    const byKey = new Map<string, Action[]>();
    for (const action of actions.values()) {
      if (action.areKeysNative === true) continue;
      for (const key of action.keys ?? []) byKey.set(key, [...(byKey.get(key) ?? []), action]);
    }
    const bindings = [...byKey].map(([key, own]) => [
      key,
      (event: KeyboardEvent) => {
        const action = own.find(({ scope }) => scope === undefined || isOnCanvas(event.target));
        if (action !== undefined) press(action, event);
      },
    ]);
    return tinykeys(window, Object.fromEntries(bindings) as Record<string, (event: KeyboardEvent) => void>);
  }, [actions]);
}

function press(action: Action, event: KeyboardEvent): void {
  if (action.worksInText !== true && isText(event.target)) return;
  if (document.querySelector('[role="dialog"]') !== null && action.worksInText !== true) return;
  event.preventDefault();
  if (action.isEnabled?.() ?? true) action.run();
}

function isOnCanvas(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement) || target === document.body) return true;
  return target.closest('[data-scope="canvas"]') !== null && target.closest("button, a") === null;
}

function isText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input, textarea, select, [contenteditable=true]") !== null
  );
}
