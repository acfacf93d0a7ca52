import { Tooltip } from "radix-ui";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Group, Panel } from "react-resizable-panels";
import { Toaster } from "sonner";
import type { RunInfo } from "@/core/run/events";
import { followCatalogue } from "@/features/catalogue/store";
import { openRun } from "@/features/run/follow";
import { useSettings } from "@/features/settings/store";
import { Canvas } from "@/ui/canvas/Canvas";
import { attempt } from "@/ui/kit/attempt";
import { Grip } from "@/ui/kit/Grip";
import { FailureCard } from "@/ui/monitor/FailureCard";
import { RunStatus } from "@/ui/monitor/RunStatus";
import { Properties } from "@/ui/properties/Properties";
import { Console } from "./Console";
import { Looks } from "./Looks";
import { Paper } from "./Paper";
import { useKeys } from "./useKeys";
import { useTheme } from "./useTheme";

/** A page that holds one run: the monitor as the app shows it, to be looked at. */
export function RunPage({ run }: { run: RunInfo }) {
  const { t } = useTranslation("shell");
  const theme = useTheme();
  useKeys();
  useEffect(() => {
    // Findings are about a scenario that can still be mended: here none can.
    const { consoleTab } = useSettings.getState();
    if (consoleTab === "problems") useSettings.getState().set({ consoleTab: "ladder" });
    attempt(openRun(run.id));
    return followCatalogue();
  }, [run.id]);
  return (
    <Tooltip.Provider delayDuration={350}>
      <div className="flex h-full flex-col">
        <header className="flex h-11 shrink-0 items-center gap-2 border-b border-line bg-surface px-3">
          <span className="font-semibold text-muted">{t("product")}</span>
          <span className="mx-1 h-5 w-px bg-line" />
          <h1 className="max-w-96 truncate text-sm font-semibold">{run.name ?? run.scenarioName}</h1>
          <div className="min-w-0 flex-1">
            <RunStatus />
          </div>
          <Looks />
        </header>
        <main className="min-h-0 flex-1">
          <Group orientation="horizontal">
            <Panel id="middle" minSize="320px">
              <Group orientation="vertical">
                <Panel id="canvas" minSize="120px">
                  <section aria-label={t("canvas")} className="relative h-full">
                    <Canvas />
                    <FailureCard />
                  </section>
                </Panel>
                <Grip orientation="horizontal" of="console" />
                <Panel id="console" defaultSize="45%" minSize="120px">
                  <Console />
                </Panel>
              </Group>
            </Panel>
            <Grip orientation="vertical" of="properties" />
            <Panel id="properties" defaultSize="280px" minSize="200px" maxSize="560px">
              <Properties />
            </Panel>
          </Group>
        </main>
      </div>
      <Paper />
      <Toaster theme={theme} position="bottom-right" />
    </Tooltip.Provider>
  );
}
