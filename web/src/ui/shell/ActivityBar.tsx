import {
  Blocks,
  FolderTree,
  History as HistoryIcon,
  ListTree,
  type LucideIcon,
  PanelBottom,
  PanelRight,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Sidebar, useSettings } from "@/features/settings/store";
import { IconButton } from "@/ui/kit/Button";

const SIDEBARS: readonly (readonly [Sidebar, LucideIcon])[] = [
  ["scenarios", FolderTree],
  ["nodes", Blocks],
  ["outline", ListTree],
  ["history", HistoryIcon],
];

/** The outermost column: which sidebar is shown, and which panels. */
export function ActivityBar() {
  const { t } = useTranslation("shell");
  const { sidebar, isConsoleOpen, isPropertiesOpen, set } = useSettings();
  return (
    <nav
      aria-label={t("panels")}
      className="flex w-10 flex-col items-center gap-1 border-r border-line bg-surface py-1.5"
    >
      {SIDEBARS.map(([name, icon]) => (
        <IconButton
          key={name}
          icon={icon}
          label={t(`sidebar.${name}`)}
          aria-pressed={sidebar === name}
          className="aria-pressed:bg-accent-soft aria-pressed:text-accent"
          onClick={() => set({ sidebar: sidebar === name ? null : name })}
        />
      ))}
      <span className="flex-1" />
      <IconButton
        icon={PanelBottom}
        label={t("console")}
        aria-pressed={isConsoleOpen}
        onClick={() => set({ isConsoleOpen: !isConsoleOpen })}
      />
      <IconButton
        icon={PanelRight}
        label={t("properties")}
        aria-pressed={isPropertiesOpen}
        onClick={() => set({ isPropertiesOpen: !isPropertiesOpen })}
      />
    </nav>
  );
}
