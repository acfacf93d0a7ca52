import { FilterX, GitCompareArrows, History as HistoryIcon } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RunInfo } from "@/core/run/events";
import { useCatalogue } from "@/features/catalogue/store";
import {
  followHistory,
  forgetRun,
  isListed,
  nameRun,
  NO_FILTER,
  useRunHistory,
} from "@/features/history/store";
import { attempt } from "@/ui/kit/attempt";
import { Button, IconButton } from "@/ui/kit/Button";
import { Empty } from "@/ui/kit/Empty";
import { Select } from "@/ui/kit/Field";
import { Confirmation, TextPrompt } from "@/ui/kit/Prompt";
import { SearchInput } from "@/ui/kit/SearchInput";
import { CompareRuns } from "./CompareRuns";
import { type Asking, RunRow } from "./RunRow";

const RESULTS: readonly RunInfo["result"][] = ["running", "completed", "failed", "stopped", "interrupted"];
/** So many runs are listed at first, and more at a time. */
const PAGE = 100;

/** Every run that was kept: found, opened, named, compared, downloaded and deleted. */
export function History() {
  const { t } = useTranslation("monitor");
  const { runs, isLoaded, filter, comparing } = useRunHistory();
  const [asking, setAsking] = useState<Asking | null>(null);
  const [limit, setLimit] = useState(PAGE);
  const tell = useCatalogue((catalogue) => catalogue.tell);
  useEffect(followHistory, []);
  const listed = useMemo(() => runs.filter((run) => isListed(run, filter, tell)), [runs, filter, tell]);
  if (isLoaded && runs.length === 0)
    return (
      <Empty icon={HistoryIcon} title={t("history.empty")}>
        <p>{t("history.emptyText")}</p>
      </Empty>
    );
  return (
    <div className="flex h-full flex-col">
      <Filters />
      {comparing !== null && <Choosing run={comparing} />}
      <ul aria-label={t("history.label")} className="min-h-0 flex-1 overflow-auto px-1.5 pb-2">
        {listed.slice(0, limit).map((run) => (
          <RunRow key={run.id} run={run} onAsk={setAsking} />
        ))}
        {isLoaded && listed.length === 0 && (
          <li className="p-3 text-center text-muted">{t("history.none")}</li>
        )}
        {listed.length > limit && (
          <li className="p-2 text-center">
            <Button size="small" onClick={() => setLimit(limit + PAGE)}>
              {t("history.more", { count: listed.length - limit })}
            </Button>
          </li>
        )}
      </ul>
      {asking !== null && <Question asking={asking} onClose={() => setAsking(null)} />}
      <CompareRuns />
    </div>
  );
}

function Filters() {
  const { t } = useTranslation("monitor");
  const { runs, filter, setFilter } = useRunHistory();
  const scenarios = useMemo(
    () => new Map(runs.map(({ scenarioId, scenarioName }) => [scenarioId, scenarioName])),
    [runs],
  );
  const isFiltering = filter.text !== "" || filter.result !== null || filter.scenarioId !== null;
  return (
    <div className="flex flex-col gap-1.5 px-3 pb-2">
      <SearchInput
        isSmall
        label={t("history.search")}
        value={filter.text}
        onText={(text) => setFilter({ text })}
      />
      <div className="flex items-center gap-1.5">
        <Select
          aria-label={t("history.result")}
          value={filter.result ?? ""}
          className="h-7 min-w-0 flex-1 px-1 text-xs"
          onChange={(event) =>
            setFilter({ result: RESULTS.find((own) => own === event.target.value) ?? null })
          }
        >
          <option value="">{t("history.allResults")}</option>
          {RESULTS.map((result) => (
            <option key={result} value={result}>
              {t(`result.${result}`)}
            </option>
          ))}
        </Select>
        <Select
          aria-label={t("history.scenario")}
          value={filter.scenarioId ?? ""}
          className="h-7 min-w-0 flex-1 px-1 text-xs"
          onChange={(event) => setFilter({ scenarioId: event.target.value || null })}
        >
          <option value="">{t("history.allScenarios")}</option>
          {[...scenarios].map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
        {isFiltering && (
          <IconButton
            icon={FilterX}
            size="smallIcon"
            label={t("log.clear")}
            onClick={() => setFilter(NO_FILTER)}
          />
        )}
      </div>
    </div>
  );
}

/** While the other run of a comparison is being chosen. */
function Choosing({ run }: { run: RunInfo }) {
  const { t } = useTranslation("monitor");
  return (
    <div
      role="status"
      className="mx-3 mb-2 flex items-start gap-2 rounded-lg border border-accent bg-accent-soft p-2 text-xs"
    >
      <GitCompareArrows aria-hidden size={14} className="mt-0.5 shrink-0" />
      <p className="min-w-0 flex-1">{t("history.choose", { name: run.name ?? run.scenarioName })}</p>
      <Button size="small" onClick={() => useRunHistory.setState({ comparing: null })}>
        {t("history.cancel")}
      </Button>
    </div>
  );
}

function Question({ asking: { what, run }, onClose }: { asking: Asking; onClose: () => void }) {
  const { t } = useTranslation("monitor");
  if (what === "name")
    return (
      <TextPrompt
        title={t("history.name")}
        label={t("history.nameLabel")}
        initial={run.name ?? ""}
        action={t("history.name")}
        onClose={onClose}
        onDone={(name) => attempt(nameRun(run.id, name))}
      />
    );
  return (
    <Confirmation
      title={t("history.deleteTitle", { name: run.name ?? run.scenarioName })}
      text={t("history.deleteText")}
      action={t("history.delete")}
      onClose={onClose}
      onDone={() => attempt(forgetRun(run.id))}
    />
  );
}
