import { create } from "zustand";

/** Something a person can do, wherever it is offered: key, menu, toolbar, command palette. */
export interface Action {
  /** `group.verb`; also its translation key is `titleKey`. */
  id: string;
  titleKey: string;
  /** Where the key sheet and the palette list it. */
  group: "file" | "edit" | "view" | "run" | "help";
  /** In tinykeys' notation, such as `$mod+KeyS`; several are alternatives. */
  keys?: readonly string[];
  /** Where its keys work: everywhere, or only on the canvas, and while nothing has the focus. */
  scope?: "canvas";
  /** The browser makes an event of its own of its keys (copy, paste), for which their owner listens. */
  areKeysNative?: boolean;
  /** Whether it works while the caret stands in a text field. */
  worksInText?: boolean;
  isEnabled?: () => boolean;
  run: () => void;
}

interface Registry {
  actions: ReadonlyMap<string, Action>;
  /** Offer actions; the returned function takes them back. */
  register: (actions: readonly Action[]) => () => void;
}

export const useActions = create<Registry>((set) => ({
  actions: new Map(),
  register: (added) => {
    set(({ actions }) => ({
      actions: new Map([...actions, ...added.map((action) => [action.id, action] as const)]),
    }));
    return () =>
      set(({ actions }) => ({
        actions: new Map(
          [...actions].filter(([id, action]) => !added.some((own) => own.id === id && own === action)),
        ),
      }));
  },
}));

/** Do it, if it is offered and enabled now. */
export function perform(id: string): void {
  const action = useActions.getState().actions.get(id);
  if (action !== undefined && (action.isEnabled?.() ?? true)) action.run();
}
