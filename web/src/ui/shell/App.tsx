import { Tooltip } from "radix-ui";
import { useTranslation } from "react-i18next";
import { Group, Panel, useDefaultLayout } from "react-resizable-panels";
import { Toaster } from "sonner";
import { useSettings } from "@/features/settings/store";
import { Canvas } from "@/ui/canvas/Canvas";
import { Grip } from "@/ui/kit/Grip";
import { FailureCard } from "@/ui/monitor/FailureCard";
import { Properties } from "@/ui/properties/Properties";
import { Comparing } from "@/ui/workspace/Comparing";
import { FileDrop } from "@/ui/workspace/FileDrop";
import { Notices } from "@/ui/workspace/Notices";
import { Templates } from "@/ui/workspace/Templates";
import { Versions } from "@/ui/workspace/Versions";
import { ActivityBar } from "./ActivityBar";
import { CommandPalette } from "./CommandPalette";
import { Console } from "./Console";
import { KeySheet } from "./KeySheet";
import { Sidebar } from "./Sidebar";
import { Toolbar } from "./Toolbar";
import { Paper } from "./Paper";
import { useKeys } from "./useKeys";
import { useStart } from "./useStart";
import { useTheme } from "./useTheme";

/** The whole window: toolbar on top, activity bar and sidebar left, canvas, properties right, console below. */
export function App() {
  const { t } = useTranslation("shell");
  const theme = useTheme();
  const { sidebar, isConsoleOpen, isPropertiesOpen } = useSettings();
  const across = useDefaultLayout({
    id: "across",
    panelIds: [
      ...(sidebar === null ? [] : ["sidebar"]),
      "middle",
      ...(isPropertiesOpen ? ["properties"] : []),
    ],
  });
  const down = useDefaultLayout({ id: "down", panelIds: ["canvas", ...(isConsoleOpen ? ["console"] : [])] });
  useKeys();
  useStart();
  return (
    <Tooltip.Provider delayDuration={350}>
      <div className="flex h-full flex-col">
        <Toolbar />
        <Notices />
        <div className="flex min-h-0 flex-1">
          <ActivityBar />
          <main className="min-w-0 flex-1">
            <Group orientation="horizontal" {...across}>
              {sidebar !== null && (
                <>
                  <Panel
                    id="sidebar"
                    groupResizeBehavior="preserve-pixel-size"
                    defaultSize="240px"
                    minSize="180px"
                    maxSize="480px"
                  >
                    <Sidebar shown={sidebar} />
                  </Panel>
                  <Grip orientation="vertical" of="sidebar" />
                </>
              )}
              <Panel id="middle" minSize="320px">
                <Group orientation="vertical" {...down}>
                  <Panel id="canvas" minSize="120px">
                    <section aria-label={t("canvas")} className="flex h-full flex-col">
                      <Comparing />
                      <div className="relative min-h-0 flex-1">
                        <Canvas />
                        <FailureCard />
                      </div>
                    </section>
                  </Panel>
                  {isConsoleOpen && (
                    <>
                      <Grip orientation="horizontal" of="console" />
                      <Panel
                        id="console"
                        groupResizeBehavior="preserve-pixel-size"
                        defaultSize="38%"
                        minSize="120px"
                      >
                        <Console />
                      </Panel>
                    </>
                  )}
                </Group>
              </Panel>
              {isPropertiesOpen && (
                <>
                  <Grip orientation="vertical" of="properties" />
                  <Panel
                    id="properties"
                    groupResizeBehavior="preserve-pixel-size"
                    defaultSize="300px"
                    minSize="220px"
                    maxSize="560px"
                  >
                    <Properties />
                  </Panel>
                </>
              )}
            </Group>
          </main>
        </div>
      </div>
      <Templates />
      <Versions />
      <FileDrop />
      <CommandPalette />
      <KeySheet />
      <Paper />
      <Toaster theme={theme} position="bottom-right" customAriaLabel={t("notifications")} />
    </Tooltip.Provider>
  );
}
