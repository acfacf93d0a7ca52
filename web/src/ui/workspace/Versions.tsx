import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { listVersions, loadVersion, type VersionSummary } from "@/api/workspace";
import { useCompare } from "@/features/workspace/compare";
import * as commands from "@/features/workspace/commands";
import { useWorkspace } from "@/features/workspace/store";
import { attempt } from "@/ui/kit/attempt";
import { Button } from "@/ui/kit/Button";
import { Dialog } from "@/ui/kit/Dialog";
import { formatMoment } from "@/ui/kit/time";

/** Every saved version of the open scenario: compare it with the canvas, or put it back. */
export function Versions() {
  const { t } = useTranslation("workspace");
  const id = useWorkspace((workspace) => workspace.versionsOf);
  if (id === null) return null;
  return (
    <Dialog title={t("versions")} description={t("versionsText")} isOpen onClose={close}>
      <List scenarioId={id} />
    </Dialog>
  );
}

const close = () => useWorkspace.setState({ versionsOf: null });

function List({ scenarioId }: { scenarioId: string }) {
  const { t, i18n } = useTranslation("workspace");
  const [versions, setVersions] = useState<readonly VersionSummary[]>([]);
  useEffect(() => {
    attempt(listVersions(scenarioId).then(setVersions));
  }, [scenarioId]);
  return (
    <ul className="flex flex-col gap-1">
      {versions.map(({ version, savedAt }) => (
        <li key={version} className="flex items-center gap-2 rounded-md border border-line px-3 py-1.5">
          <span className="min-w-20 font-medium tabular-nums">{t("version", { version })}</span>
          <span className="flex-1 text-muted tabular-nums">{formatMoment(savedAt, i18n.language)}</span>
          <Button
            size="small"
            onClick={() => {
              close();
              attempt(
                loadVersion(scenarioId, version).then(({ flowData }) =>
                  useCompare.getState().begin(version, flowData),
                ),
              );
            }}
          >
            {t("compare")}
          </Button>
          <Button
            size="small"
            onClick={() => {
              close();
              attempt(commands.restoreVersion(version));
            }}
          >
            {t("restore")}
          </Button>
        </li>
      ))}
    </ul>
  );
}
