import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Words } from "@/core/run/log";
import { useCatalogue } from "@/features/catalogue/store";
import { useShownDocument } from "@/features/editor/shown";

/** What people call a node of the document shown, by its id. */
export function useNodeTitles(): (id: string) => string {
  const document = useShownDocument();
  const titleOf = useCatalogue((catalogue) => catalogue.titleOf);
  return useMemo(() => {
    const titles = new Map(document.nodes.map((node) => [node.id, titleOf(node)]));
    return (id) => titles.get(id) ?? id;
  }, [document, titleOf]);
}

/** The words of the chosen language in which the log is written. */
export function useWords(): Words {
  const { t } = useTranslation("monitor");
  const node = useNodeTitles();
  const tell = useCatalogue((catalogue) => catalogue.tell);
  return useMemo(
    () => ({
      tell,
      node,
      state: {
        pending: t("state.pending"),
        running: t("state.running"),
        completed: t("state.completed"),
        failed: t("state.failed"),
        stopped: t("state.stopped"),
      },
      level: {
        debug: t("level.debug"),
        info: t("level.info"),
        warning: t("level.warning"),
        error: t("level.error"),
      },
      started: t("log.started"),
      completed: t("log.completed"),
      failed: t("log.failed"),
      stopped: t("log.stopped"),
    }),
    [t, node, tell],
  );
}
