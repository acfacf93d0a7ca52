import { Tabs } from "radix-ui";
import { useTranslation } from "react-i18next";
import { useRun } from "@/features/run/store";
import { type ConsoleTab, useSettings } from "@/features/settings/store";
import { Ladder } from "@/ui/ladder/Ladder";
import { Log } from "@/ui/monitor/Log";
import { Media } from "@/ui/monitor/Media";
import { Timeline } from "@/ui/monitor/Timeline";
import { Problems } from "@/ui/properties/Problems";
import { ProblemCount } from "@/ui/properties/ProblemCount";

const TABS = { ladder: Ladder, log: Log, problems: Problems, media: Media } satisfies Record<
  ConsoleTab,
  unknown
>;

/** Below the canvas: what the run says, and what is wrong with the scenario. */
export function Console() {
  const { t } = useTranslation("shell");
  const { consoleTab, set } = useSettings();
  // Findings are about a scenario that can be mended: a page that holds a run alone has none.
  const isAlone = useRun((view) => view.isAlone);
  const tabs = Object.entries(TABS).filter(([tab]) => !isAlone || tab !== "problems");
  return (
    <Tabs.Root
      role="region"
      aria-label={t("console")}
      value={consoleTab}
      onValueChange={(tab) => set({ consoleTab: tab as ConsoleTab })}
      className="flex h-full flex-col bg-surface"
    >
      <div className="flex shrink-0 flex-wrap gap-x-4 border-b border-line px-2">
        <Tabs.List aria-label={t("console")} className="flex h-8 shrink-0 gap-1">
          {tabs.map(([tab]) => (
            <Tabs.Trigger
              key={tab}
              value={tab}
              className="flex cursor-pointer items-center gap-1.5 border-b-2 border-transparent px-2 text-muted data-[state=active]:border-accent data-[state=active]:text-text"
            >
              {t(`tab.${tab as ConsoleTab}`)}
              {tab === "problems" && <ProblemCount />}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Timeline />
      </div>
      {tabs.map(([tab, Content]) => (
        <Tabs.Content key={tab} value={tab} className="min-h-0 flex-1 overflow-hidden">
          <Content />
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}
