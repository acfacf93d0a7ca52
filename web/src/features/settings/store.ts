import { create } from "zustand";
import { persist } from "zustand/middleware";

export type Language = "en" | "ko";
export type Theme = "light" | "dark" | "system";
export type Sidebar = "scenarios" | "nodes" | "outline" | "history";
export type ConsoleTab = "ladder" | "log" | "problems" | "media";

/** What a person has chosen about the look of the app; kept by the browser. */
export interface Settings {
  language: Language;
  theme: Theme;
  sidebar: Sidebar | null;
  consoleTab: ConsoleTab;
  isConsoleOpen: boolean;
  isPropertiesOpen: boolean;
  set: (change: Partial<Omit<Settings, "set">>) => void;
}

/** The language that the browser asks for, where it is one of ours. */
function preferredLanguage(): Language {
  return typeof navigator !== "undefined" && navigator.language.startsWith("ko") ? "ko" : "en";
}

/** What may be chosen: a browser may keep what another version of the app has called otherwise. */
const CHOICES: Record<string, readonly unknown[]> = {
  language: ["en", "ko"],
  theme: ["light", "dark", "system"],
  sidebar: ["scenarios", "nodes", "outline", "history", null],
  consoleTab: ["ladder", "log", "problems", "media"],
  isConsoleOpen: [true, false],
  isPropertiesOpen: [true, false],
} satisfies { [Name in keyof Omit<Settings, "set">]: readonly Settings[Name][] };

/** The choices in what the browser has kept; the others stay as they are at first. */
export const understood = (kept: unknown): Partial<Settings> =>
  Object.fromEntries(
    Object.entries(kept ?? {}).filter(([name, value]) => CHOICES[name]?.includes(value) === true),
  );

export const useSettings = create<Settings>()(
  persist(
    (set) => ({
      language: preferredLanguage(),
      theme: "system",
      sidebar: "nodes",
      consoleTab: "ladder",
      isConsoleOpen: true,
      isPropertiesOpen: true,
      set,
    }),
    {
      name: "sipflow.settings",
      version: 1,
      merge: (kept, settings) => ({ ...settings, ...understood(kept) }),
    },
  ),
);
