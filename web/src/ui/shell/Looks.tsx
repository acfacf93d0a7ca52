import { Settings2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useSettings } from "@/features/settings/store";
import { IconButton } from "@/ui/kit/Button";
import { Menu, type MenuItem } from "@/ui/kit/Menu";

/** Language and theme, and below them what else the page offers. */
export function Looks({ more = [] }: { more?: readonly MenuItem[] }) {
  const { t } = useTranslation("shell");
  const { language, theme, set } = useSettings();
  const chosen = (is: boolean) => (is ? "✓" : undefined);
  return (
    <Menu
      trigger={<IconButton icon={Settings2} label={t("settings")} />}
      items={[
        { label: "English", keys: chosen(language === "en"), onSelect: () => set({ language: "en" }) },
        { label: "한국어", keys: chosen(language === "ko"), onSelect: () => set({ language: "ko" }) },
        ...(["system", "light", "dark"] as const).map((name, index) => ({
          label: t(`theme.${name}`),
          keys: chosen(theme === name),
          startsGroup: index === 0,
          onSelect: () => set({ theme: name }),
        })),
        ...more,
      ]}
    />
  );
}
