import { create } from "zustand";
import { listHints } from "@/api/runs";
import type { Hint } from "@/core/run/failure";
import { language } from "@/features/settings/language";

/** What may be tried after failures, in the chosen language. */
export const useHints = create<{ hints: readonly Hint[] }>()(() => ({ hints: [] }));

/** Load the hints, again where another language is chosen; the returned function ends it. */
export function followHints(): () => void {
  const load = async (chosen: string): Promise<void> => {
    try {
      const hints = await listHints(chosen);
      if (chosen === language.current()) useHints.setState({ hints });
    } catch {
      // Without hints a failure still says what was expected and what came.
    }
  };
  void load(language.current());
  return language.subscribe((chosen) => void load(chosen));
}
