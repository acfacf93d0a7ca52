import { useEffect, useSyncExternalStore } from "react";
import { useSettings } from "@/features/settings/store";

const DARK = "(prefers-color-scheme: dark)";

/** The theme in force, `light` or `dark`; <html> carries it as `data-theme`. */
export function useTheme(): "light" | "dark" {
  const chosen = useSettings((settings) => settings.theme);
  const systemIsDark = useSyncExternalStore(followSystem, () => matchMedia(DARK).matches);
  const theme = chosen === "system" ? (systemIsDark ? "dark" : "light") : chosen;
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  return theme;
}

function followSystem(changed: () => void): () => void {
  const query = matchMedia(DARK);
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}
