import { ArrowDownLeft, ArrowUpRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Arrow } from "@/core/ladder/model";
import { formatClock } from "@/core/ladder/time";
import { printable } from "@/core/sip/printable";
import type { LadderData } from "../useLadder";

/** More sights than this are counted only. */
const MAX_SIGHTS = 24;

/** Where and when the message was seen: at the end that sent it, at the end that received it, and every time again. */
export function Sights({ arrow, data: { lanes, placeOf, seq } }: { arrow: Arrow; data: LadderData }) {
  const { t } = useTranslation("ladder");
  const seen = arrow.sights.filter((sight) => sight.seq <= seq);
  const rest = seen.length - MAX_SIGHTS;
  const start = arrow.first.timestamp;
  return (
    <ul
      aria-label={t("sights")}
      className="max-h-24 shrink-0 overflow-auto px-3 pt-1.5 pb-1 font-mono text-[11px] text-muted"
    >
      {seen.slice(0, MAX_SIGHTS).map((sight) => {
        const isSent = sight.direction === "sent";
        const Icon = isSent ? ArrowUpRight : ArrowDownLeft;
        const route = `${printable(sight.localAddress)} ${isSent ? "→" : "←"} ${printable(sight.remoteAddress)}`;
        const who = sight.instanceId === null ? null : lanes[placeOf.get(sight.instanceId) ?? -1]?.name;
        return (
          <li key={sight.seq} className="flex items-center gap-1.5 leading-4.5 whitespace-nowrap">
            <Icon size={11} aria-hidden className="shrink-0" />
            <span className="text-text">{isSent ? t("sent") : t("received")}</span>
            {who !== undefined && who !== null && (
              <span className="max-w-28 shrink-0 truncate font-sans">{who}</span>
            )}
            <span className="shrink-0">{formatClock(sight.timestamp)}</span>
            {sight.timestamp !== start && <span className="shrink-0">+{sight.timestamp - start} ms</span>}
            <span className="min-w-0 truncate" title={route}>
              {route}
            </span>
            <span className="ml-auto shrink-0 pl-2">#{sight.seq}</span>
          </li>
        );
      })}
      {rest > 0 && <li>{t("moreSights", { count: rest })}</li>}
    </ul>
  );
}
