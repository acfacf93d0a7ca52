import { create } from "zustand";
import { persist } from "zustand/middleware";

/** Values of `{{ var.NAME }}` for the next runs, by scenario; kept by this browser. */
export interface Variables {
  values: Readonly<Record<string, Readonly<Record<string, string>>>>;
  set: (scenarioId: string, name: string, value: string) => void;
  remove: (scenarioId: string, name: string) => void;
  valuesOf: (scenarioId: string) => Record<string, string>;
}

export const useVariables = create<Variables>()(
  persist(
    (set, get) => ({
      values: {},
      set: (scenarioId, name, value) =>
        set(({ values }) => ({
          values: { ...values, [scenarioId]: { ...values[scenarioId], [name]: value } },
        })),
      remove: (scenarioId, name) =>
        set(({ values }) => ({
          values: {
            ...values,
            [scenarioId]: Object.fromEntries(
              Object.entries(values[scenarioId] ?? {}).filter(([own]) => own !== name),
            ),
          },
        })),
      valuesOf: (scenarioId) =>
        Object.fromEntries(
          Object.entries(get().values[scenarioId] ?? {}).filter(([, value]) => value !== ""),
        ),
    }),
    { name: "sipflow.variables", version: 1, partialize: ({ values }) => ({ values }) },
  ),
);
