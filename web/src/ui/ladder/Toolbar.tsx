import { FilterX, Merge, Rows3, Rows4 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { lineOf } from "@/core/ladder/labels";
import { NOTHING_HIDDEN } from "@/core/ladder/rows";
import { printable, shortened } from "@/core/sip/printable";
import { useLadderView } from "@/features/ladder/store";
import { IconButton } from "@/ui/kit/Button";
import { SearchInput } from "@/ui/kit/SearchInput";
import { callName } from "./CallTag";
import { ExportMenu } from "./ExportMenu";
import { type Choice, FilterMenu } from "./FilterMenu";
import type { LadderData } from "./useLadder";

const LABEL_LENGTH = 60;

/** What of the ladder is shown, and how. */
export function Toolbar({ data }: { data: LadderData }) {
  const { t } = useTranslation("ladder");
  const { filter, setFilter, set, isMerged, isDense } = useLadderView();
  const { ladder, allLanes, lanes, isFiltered } = data;
  const named = (text: string) => shortened(printable(text), LABEL_LENGTH);
  const callOf = (key: string): Choice => {
    const call = ladder.calls.get(key);
    if (call === undefined) return { label: named(key), note: "" };
    const { index, first, messages } = call;
    return { label: `${callName(index)} · ${lineOf(first, 1)} · ${named(key)}`, note: String(messages) };
  };
  const laneOf = (key: string): Choice => {
    const lane = allLanes.find((each) => each.key === key);
    return { label: lane?.name ?? key, note: lane?.address ?? "" };
  };
  return (
    <div
      role="toolbar"
      aria-label={t("tools")}
      className="flex h-9 shrink-0 items-center gap-1.5 border-b border-line px-2"
    >
      <SearchInput
        isSmall
        label={t("search")}
        value={filter.text}
        onText={(text) => setFilter({ text })}
        className="w-44 min-w-20 shrink"
      />
      <FilterMenu
        label={t("calls")}
        total={ladder.calls.size}
        hiddenCount={filter.hiddenCalls.size}
        keysOf={() => [...ladder.calls.keys()]}
        choiceOf={callOf}
        hidden={filter.hiddenCalls}
        onChange={(hiddenCalls) => setFilter({ hiddenCalls })}
      />
      <FilterMenu
        label={t("methods")}
        total={ladder.methods.size}
        hiddenCount={filter.hiddenMethods.size}
        keysOf={() => [...ladder.methods.keys()]}
        choiceOf={(method) => ({ label: named(method), note: String(ladder.methods.get(method) ?? 0) })}
        hidden={filter.hiddenMethods}
        onChange={(hiddenMethods) => setFilter({ hiddenMethods })}
      />
      <FilterMenu
        label={t("lanes")}
        total={allLanes.length}
        hiddenCount={allLanes.length - lanes.length}
        keysOf={() => allLanes.map(({ key }) => key)}
        choiceOf={laneOf}
        hidden={filter.hiddenLanes}
        onChange={(hiddenLanes) => setFilter({ hiddenLanes })}
      />
      {isFiltered && (
        <IconButton
          icon={FilterX}
          label={t("clearFilter")}
          size="smallIcon"
          onClick={() => set({ filter: NOTHING_HIDDEN })}
        />
      )}
      <span className="min-w-0 flex-1 truncate text-right text-xs text-muted tabular-nums" aria-live="polite">
        <Count data={data} />
      </span>
      <IconButton
        icon={Merge}
        label={t("merge")}
        aria-pressed={isMerged}
        size="smallIcon"
        className={isMerged ? "bg-accent-soft" : ""}
        disabled={lanes.every(({ isInstance }) => isInstance)}
        onClick={() => set({ isMerged: !isMerged })}
      />
      <IconButton
        icon={isDense ? Rows3 : Rows4}
        label={isDense ? t("roomy") : t("dense")}
        size="smallIcon"
        onClick={() => set({ isDense: !isDense })}
      />
      <ExportMenu data={data} />
    </div>
  );
}

function Count({ data: { rows, count, ladder, isFiltered } }: { data: LadderData }) {
  const { t } = useTranslation("ladder");
  const all = ladder.model.arrows.length;
  if (!isFiltered) return t("messages", { count: all });
  let shown = 0;
  for (let at = 0; at < count; at++) if (rows[at]?.kind === "arrow") shown++;
  return t("someMessages", { count: all, shown });
}
