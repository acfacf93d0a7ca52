import { ArrowDownToLine, Copy, FilterX } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Instance } from "@/core/ladder/lanes";
import type { Level } from "@/core/run/events";
import { EVERYTHING } from "@/core/run/log";
import { printable } from "@/core/sip/printable";
import { useLog } from "@/features/run/log";
import { IconButton } from "@/ui/kit/Button";
import { Select } from "@/ui/kit/Field";
import { SearchInput } from "@/ui/kit/SearchInput";

const LEVELS: readonly Level[] = ["debug", "info", "warning", "error"];
const SMALL = "h-7 min-w-16 shrink text-xs";

/** Above the log: which lines are shown, how many these are, and what can be done with them. */
export const LogFilter = memo(function LogFilter({
  instances,
  shown,
  total,
  isFollowing,
  onFollow,
  onCopy,
}: {
  instances: readonly Instance[];
  shown: number;
  total: number;
  isFollowing: boolean;
  onFollow: () => void;
  onCopy: () => void;
}) {
  const { t, i18n } = useTranslation("monitor");
  const filter = useLog((log) => log.filter);
  const calls = useLog(({ lines }) => lines.calls);
  const setFilter = useLog((log) => log.setFilter);
  const number = (value: number) => value.toLocaleString(i18n.language);
  const isFiltering =
    filter.text !== "" || filter.level !== "debug" || filter.instanceId !== null || filter.callId !== null;
  return (
    <div className="flex h-9 shrink-0 items-center gap-1.5 border-b border-line px-2">
      <SearchInput
        isSmall
        label={t("log.filter")}
        value={filter.text}
        onText={(text) => setFilter({ text })}
        className="w-48 min-w-24 shrink"
      />
      <Select
        aria-label={t("log.level")}
        value={filter.level}
        className={`${SMALL} w-36`}
        onChange={(event) => setFilter({ level: event.target.value as Level })}
      >
        {LEVELS.map((level) => (
          <option key={level} value={level}>
            {t(`log.from.${level}`)}
          </option>
        ))}
      </Select>
      <Select
        aria-label={t("log.instance")}
        value={filter.instanceId ?? ""}
        className={`${SMALL} w-36`}
        onChange={(event) => setFilter({ instanceId: event.target.value || null })}
      >
        <option value="">{t("log.allInstances")}</option>
        {instances.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
      <Select
        aria-label={t("log.call")}
        value={filter.callId ?? ""}
        className={`${SMALL} w-32`}
        onChange={(event) => setFilter({ callId: event.target.value || null })}
      >
        <option value="">{t("log.allCalls")}</option>
        {[...calls].slice(0, 500).map((call) => (
          <option key={call} value={call}>
            {printable(call)}
          </option>
        ))}
      </Select>
      {isFiltering && (
        <IconButton
          icon={FilterX}
          size="smallIcon"
          label={t("log.clear")}
          onClick={() => setFilter(EVERYTHING)}
        />
      )}
      <span className="ml-auto shrink-0 pl-1 text-xs whitespace-nowrap text-muted tabular-nums">
        {isFiltering
          ? t("log.shown", { shown: number(shown), total: number(total) })
          : t("log.all", { count: total })}
      </span>
      <IconButton
        icon={ArrowDownToLine}
        size="smallIcon"
        label={t("log.follow")}
        aria-pressed={isFollowing}
        className="aria-pressed:text-accent"
        onClick={onFollow}
      />
      <IconButton
        icon={Copy}
        size="smallIcon"
        label={t("log.copy")}
        disabled={shown === 0}
        onClick={onCopy}
      />
    </div>
  );
});
