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
    { name: "sipflow.settings", version: 1 },
  ),
);
