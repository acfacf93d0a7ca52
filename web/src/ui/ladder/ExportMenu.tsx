import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { captureUrl } from "@/api/runs";
import { toMermaid } from "@/core/ladder/export/mermaid";
import { toSvg } from "@/core/ladder/export/svg";
import { toText } from "@/core/ladder/export/text";
import { useRun } from "@/features/run/store";
import { attempt } from "@/ui/kit/attempt";
import { IconButton } from "@/ui/kit/Button";
import { Menu } from "@/ui/kit/Menu";
import { download } from "@/ui/workspace/files";
import { fileName, savePng, saveText, scaleOf } from "./saving";
import type { LadderData } from "./useLadder";
import { usePicture } from "./usePicture";

/** The ladder as it is shown, as a file; and all of the run's packets, as Wireshark reads them. */
export function ExportMenu({ data }: { data: LadderData }) {
  const { t } = useTranslation("ladder");
  const run = useRun((view) => view.run);
  const isAlone = useRun((view) => view.isAlone);
  const name = run?.name ?? run?.scenarioName ?? "";
  const picture = usePicture(data);
  const file = (ending: string) => fileName(name, ending);
  const png = async () => {
    const svg = toSvg(picture());
    const scale = scaleOf(svg);
    if (scale === null) toast.error(t("tooLongForPng"));
    else await savePng(svg, scale, file("png"));
  };
  return (
    <Menu
      trigger={<IconButton icon={Download} label={t("export")} size="smallIcon" />}
      items={[
        { label: "SVG", onSelect: () => saveText(toSvg(picture()).text, file("svg"), "image/svg+xml") },
        { label: "PNG", onSelect: () => attempt(png()) },
        { label: t("text"), onSelect: () => saveText(toText(picture()), file("txt"), "text/plain") },
        { label: "Mermaid", onSelect: () => saveText(toMermaid(picture()), file("mmd"), "text/plain") },
        {
          label: t("packets"),
          startsGroup: true,
          isDisabled: run === null || isAlone,
          onSelect: () => {
            if (run !== null) download(captureUrl(run.id));
          },
        },
      ]}
    />
  );
}
