import { useTranslation } from "react-i18next";
import { type Picture, pictureOf } from "@/core/ladder/export/picture";
import { formatPause } from "@/core/ladder/time";
import { printable, shortened } from "@/core/sip/printable";
import { useLadderView } from "@/features/ladder/store";
import { useRun } from "@/features/run/store";
import { markText, mediaText } from "./sentences";
import type { LadderData } from "./useLadder";

const TITLE_LENGTH = 80;

/** The ladder as it is shown, ready to be written down. */
export function usePicture(data: LadderData): () => Picture {
  const { t } = useTranslation("ladder");
  const name = useRun(({ run }) => run?.name ?? run?.scenarioName ?? "");
  const timeMode = useLadderView((view) => view.timeMode);
  const title = shortened(printable(name), TITLE_LENGTH);
  return () =>
    pictureOf(
      { ...data, streams: data.ladder.streams.bars, title, timeMode },
      {
        gap: (ms) => t("gap", { time: formatPause(ms) }),
        media: (begun, names) => mediaText(t, begun, names),
        mark: (mark) => markText(t, mark),
      },
    );
}
