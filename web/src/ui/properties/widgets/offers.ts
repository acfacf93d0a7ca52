import { openVariable, type Suggestion, variablesIn } from "@/core/forms/suggest";
import { shownDocument } from "@/features/editor/shown";
import { useVariables } from "@/features/variables/store";
import { useWorkspace } from "@/features/workspace/store";
import type { Offer } from "@/ui/kit/Combo";

/**
 * What a text field offers: behind an open `{{` the variables, else what could stand there as a whole. While typing
 * only what fits to the typed text is offered, else everything.
 */
export function offerFor(
  suggestions: () => readonly Suggestion[],
): (text: string, caret: number, isTyping: boolean) => Offer {
  return (text, caret, isTyping) => {
    const variable = openVariable(text, caret);
    if (variable !== null) {
      const { from, to, typed } = variable;
      return {
        options: knownVariables()
          .filter(({ value }) => value.toLowerCase().includes(typed.toLowerCase()))
          .map(({ value, hint }) => ({ value: `{{ var.${value} }}`, hint })),
        take: (value) => ({
          text: text.slice(0, from) + value + text.slice(to),
          caret: from + value.length,
        }),
      };
    }
    const typed = text.trim().toLowerCase();
    const fits = ({ value, hint }: Suggestion) =>
      !isTyping || (value.toLowerCase() !== typed && `${value} ${hint}`.toLowerCase().includes(typed));
    return {
      options: suggestions().filter(fits),
      take: (value) => ({ text: value, caret: value.length }),
    };
  };
}

/** The variables that the scenario uses or that have been given values, with these values. */
function knownVariables(): Suggestion[] {
  const scenarioId = useWorkspace.getState().open?.id;
  const values = scenarioId === undefined ? {} : (useVariables.getState().values[scenarioId] ?? {});
  const names = new Set([...variablesIn(shownDocument()), ...Object.keys(values)]);
  return [...names].map((value) => ({ value, hint: values[value] ?? "" }));
}
