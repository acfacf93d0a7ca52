import { useTranslation } from "react-i18next";
import { useCompare } from "@/features/workspace/compare";
import { Button } from "@/ui/kit/Button";

/** Above the canvas while an earlier version is compared with it: what the marks mean, and the way back. */
export function Comparing() {
  const { t } = useTranslation("workspace");
  const { version, nodes, edges, end } = useCompare();
  if (version === null) return null;
  const count = (change: string) =>
    [...nodes.values(), ...edges.values()].filter((own) => own === change).length;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-accent-soft px-3 py-1.5 whitespace-nowrap">
      <strong>{t("comparing", { version })}</strong>
      {(["added", "removed", "changed", "moved"] as const).map((change) => (
        <span key={change} className="text-muted">
          {t(`change.${change}`, { count: count(change) })}
        </span>
      ))}
      <Button size="small" className="ml-auto" onClick={end}>
        {t("endCompare")}
      </Button>
    </div>
  );
}
