import { ViewportPortal } from "@xyflow/react";
import { MousePointerClick } from "lucide-react";
import { useTranslation } from "react-i18next";
import { perform } from "@/features/actions/registry";
import { Button } from "@/ui/kit/Button";
import { Empty } from "@/ui/kit/Empty";
import { useCanvas } from "./store";

/** Lines through what the dragged node stands in line with. */
export function GuideLines() {
  const { x, y } = useCanvas(({ guides }) => guides);
  if (x === null && y === null) return null;
  return (
    <ViewportPortal>
      {x !== null && (
        <div
          data-guide="x"
          className="absolute w-px bg-accent"
          style={{ height: 20_000, transform: `translate(${x}px, -10000px)` }}
        />
      )}
      {y !== null && (
        <div
          data-guide="y"
          className="absolute h-px bg-accent"
          style={{ width: 20_000, transform: `translate(-10000px, ${y}px)` }}
        />
      )}
    </ViewportPortal>
  );
}

/** What is going on while a wire is drawn by keyboard. */
export function WiringHint({ titleOf }: { titleOf: (nodeId: string) => string }) {
  const { t } = useTranslation("editor");
  const wiring = useCanvas((canvas) => canvas.wiring);
  if (wiring === null) return null;
  const name = titleOf(wiring.source);
  return (
    <p
      role="status"
      className="absolute bottom-4 left-1/2 z-10 -translate-x-1/2 rounded-lg border border-line bg-raised px-4 py-2 shadow-lg"
    >
      {t(wiring.branch === "failure" ? "wiringFailure" : "wiringSuccess", { name })}
    </p>
  );
}

/** What to do where there is nothing yet. */
export function EmptyCanvas({ isScenarioOpen }: { isScenarioOpen: boolean }) {
  const { t } = useTranslation("editor");
  return (
    <div className="pointer-events-none absolute inset-0 z-[5] [&_button]:pointer-events-auto">
      <Empty icon={MousePointerClick} title={t(isScenarioOpen ? "emptyCanvas" : "noScenario")}>
        <p className="max-w-sm">{t(isScenarioOpen ? "emptyCanvasHint" : "noScenarioHint")}</p>
        <div className="mt-2 flex gap-2">
          {isScenarioOpen && (
            <Button tone="primary" onClick={() => perform("edit.add")}>
              {t("action.add")}
            </Button>
          )}
          <Button onClick={() => perform("file.templates")}>{t("templates")}</Button>
          {!isScenarioOpen && <Button onClick={() => perform("file.new")}>{t("newScenario")}</Button>}
        </div>
      </Empty>
    </div>
  );
}
