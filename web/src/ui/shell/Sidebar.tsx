import { useTranslation } from "react-i18next";
import type { Sidebar as Shown } from "@/features/settings/store";
import { History } from "@/ui/monitor/History";
import { Outline } from "@/ui/palette/Outline";
import { Palette } from "@/ui/palette/Palette";
import { Scenarios } from "@/ui/workspace/Scenarios";

const CONTENT = { scenarios: Scenarios, nodes: Palette, outline: Outline, history: History } satisfies Record<
  Shown,
  unknown
>;

export function Sidebar({ shown }: { shown: Shown }) {
  const { t } = useTranslation("shell");
  const Content = CONTENT[shown];
  return (
    <aside aria-label={t(`sidebar.${shown}`)} className="flex h-full flex-col bg-surface">
      <h2 className="px-3 pt-2 pb-1 text-xs font-semibold text-muted">{t(`sidebar.${shown}`)}</h2>
      <div className="min-h-0 flex-1 overflow-auto">
        <Content />
      </div>
    </aside>
  );
}
