import { CircleHelp } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Lane } from "@/core/ladder/lanes";
import { type Layout, MARGIN } from "@/core/ladder/layout";
import { useLadderView } from "@/features/ladder/store";
import { HEADER_HEIGHT, TIME_WIDTH } from "./geometry";

/** Who the lanes are; always in sight, whatever is scrolled. */
export const Header = memo(function Header({
  lanes,
  layout,
  colors,
}: {
  lanes: readonly Lane[];
  layout: Layout;
  colors: ReadonlyMap<string, string>;
}) {
  const { t } = useTranslation("ladder");
  return (
    <div
      className="sticky top-0 z-20 flex border-b border-line bg-surface"
      style={{ height: HEADER_HEIGHT, width: TIME_WIDTH + layout.width }}
    >
      <div
        className="sticky left-0 z-10 flex shrink-0 items-end bg-surface pb-1 pl-1"
        style={{ width: TIME_WIDTH }}
      >
        <TimeMode />
      </div>
      <ul aria-label={t("lanes")} className="relative m-0 flex-1 list-none p-0">
        {lanes.map((lane, place) => (
          <li
            key={lane.key}
            className="absolute bottom-0 flex -translate-x-1/2 flex-col items-center pb-1 text-center"
            style={{ left: layout.xs[place], width: Math.min(layout.gap, 2 * MARGIN) - 8 }}
          >
            <span className="flex max-w-full items-center gap-1.5 font-semibold">
              {lane.isInstance ? (
                <span
                  aria-hidden
                  className="size-2 shrink-0 rounded-[3px]"
                  style={{ background: colors.get(lane.key) ?? "var(--muted)" }}
                />
              ) : (
                <CircleHelp aria-hidden size={13} className="shrink-0 text-muted" />
              )}
              <span className="truncate" title={lane.name}>
                {lane.name}
              </span>
            </span>
            <span className="max-w-full truncate text-[10.5px] leading-3.5 text-muted">
              {addressLine(lane, t("stranger"), t("silent"))}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
});

/** A stranger without a name is its address already: say instead what it is. */
function addressLine({ name, address, isInstance }: Lane, stranger: string, silent: string): string {
  if (address === "") return silent;
  return !isInstance && name === address ? stranger : address;
}

function TimeMode() {
  const { t } = useTranslation("ladder");
  const { timeMode, nextTimeMode } = useLadderView();
  return (
    <button
      type="button"
      onClick={nextTimeMode}
      title={t("timeHint")}
      aria-label={`${t("time")}: ${t(`timeMode.${timeMode}`)}. ${t("timeHint")}`}
      className="min-h-6 cursor-pointer rounded px-1.5 py-0.5 text-[11px] text-muted hover:bg-sunken hover:text-text"
    >
      {t(`timeMode.${timeMode}`)}
    </button>
  );
}
