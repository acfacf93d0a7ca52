import { GitCommitVertical, SearchX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Group, Panel } from "react-resizable-panels";
import { NOTHING_HIDDEN } from "@/core/ladder/rows";
import { useLadderView } from "@/features/ladder/store";
import { useRun } from "@/features/run/store";
import { Button } from "@/ui/kit/Button";
import { Empty } from "@/ui/kit/Empty";
import { Grip } from "@/ui/kit/Grip";
import { Chart } from "./Chart";
import { MessagePanel } from "./message/MessagePanel";
import { Toolbar } from "./Toolbar";
import { useLadder } from "./useLadder";

/** The messages of the run shown, between those who sent and received them. */
export function Ladder() {
  const { t } = useTranslation("ladder");
  const data = useLadder();
  const opened = useLadderView((view) => view.opened);
  const isNone = useRun((run) => run.view === "none");
  const arrow = opened === null ? undefined : data.ladder.model.arrow(opened);
  if (isNone || data.ladder.model.arrows.length === 0)
    return (
      <Empty icon={GitCommitVertical} title={isNone ? t("noRun") : t("noMessages")}>
        <p>{isNone ? t("noRunHint") : t("noMessagesHint")}</p>
      </Empty>
    );
  return (
    <div className="flex h-full flex-col">
      <Toolbar data={data} />
      <Group orientation="horizontal" className="min-h-0 flex-1">
        <Panel id="ladder-chart" minSize="240px">
          {data.count === 0 && data.isFiltered ? <NothingLeft /> : <Chart data={data} />}
        </Panel>
        {arrow !== undefined && (
          <>
            <Grip orientation="vertical" of="message" />
            <Panel id="ladder-message" defaultSize="45%" minSize="260px">
              <MessagePanel key={arrow.id} arrow={arrow} data={data} />
            </Panel>
          </>
        )}
      </Group>
    </div>
  );
}

function NothingLeft() {
  const { t } = useTranslation("ladder");
  const { set } = useLadderView();
  return (
    <Empty icon={SearchX} title={t("nothingLeft")}>
      <Button size="small" onClick={() => set({ filter: NOTHING_HIDDEN })}>
        {t("clearFilter")}
      </Button>
    </Empty>
  );
}
