import type { AriaLabelConfig } from "@xyflow/react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

/** What React Flow says of its own to those who hear the canvas; its keys are switched off, ours are in the key sheet. */
export function useSpoken(): Partial<AriaLabelConfig> {
  const { t } = useTranslation("editor");
  return useMemo(
    () => ({
      "node.a11yDescription.default": t("spoken.node"),
      "node.a11yDescription.keyboardDisabled": t("spoken.node"),
      "edge.a11yDescription.default": t("spoken.wire"),
      "controls.ariaLabel": t("controls"),
      "controls.zoomIn.ariaLabel": t("action.zoomIn"),
      "controls.zoomOut.ariaLabel": t("action.zoomOut"),
      "minimap.ariaLabel": t("minimap"),
    }),
    [t],
  );
}
