import { Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { branchOf } from "@/core/document/read";
import type { FlowEdge } from "@/core/document/types";
import { useCatalogue } from "@/features/catalogue/store";
import { useIsReadOnly, useShownDocument } from "@/features/editor/shown";
import { useEditor } from "@/features/editor/store";
import { useProblems } from "@/features/problems/store";
import { Button } from "@/ui/kit/Button";
import { Findings } from "./Row";

/** A wire: which branch of which node it is, where it leads, and its end. */
export function WireForm({ edge }: { edge: FlowEdge }) {
  const { t } = useTranslation("properties");
  const { nodes } = useShownDocument();
  const { titleOf, infoOf } = useCatalogue();
  const isReadOnly = useIsReadOnly();
  const findings = useProblems((problems) => problems.findings);
  const name = (id: string) => {
    const node = nodes.find((own) => own.id === id);
    return node === undefined ? id : titleOf(node);
  };
  const branch = branchOf(edge);
  const source = nodes.find(({ id }) => id === edge.source);
  const way = source && infoOf(source)?.ways[branch];
  return (
    <div className="flex flex-col gap-3 p-3">
      <h3 className={`text-sm font-semibold ${branch === "failure" ? "text-failure" : "text-success"}`}>
        {[t(`wire.${branch}`), way].filter((part) => part !== undefined).join(": ")}
      </h3>
      <p>
        {name(edge.source)} <span aria-hidden>→</span> <span className="sr-only">{t("wire.to")}</span>{" "}
        {name(edge.target)}
      </p>
      {!isReadOnly && (
        <>
          <Findings findings={findings.filter(({ edgeId }) => edgeId === edge.id)} />
          <Button
            tone="danger"
            className="self-start"
            onClick={() => useEditor.getState().remove([], [edge.id])}
          >
            <Trash2 aria-hidden size={14} />
            {t("wire.delete")}
          </Button>
        </>
      )}
    </div>
  );
}
