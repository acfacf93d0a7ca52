import { Check, Crosshair, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Matrix as HearingMatrix } from "@/core/run/hearing";
import { useFocus } from "@/features/focus/store";
import { useRun } from "@/features/run/store";
import { IconButton } from "@/ui/kit/Button";
import { classes } from "@/ui/kit/classes";
import { Select } from "@/ui/kit/Field";
import { Matrix } from "./Matrix";
import { useNodeTitles } from "./useWords";

/** So many measurements can be chosen from: in a loop there may be any number. */
const MAX_OFFERED = 50;

/** Who hears whom: the measurement that is lit up, else the last one. */
export function WhoHears({ matrices }: { matrices: readonly HearingMatrix[] }) {
  const { t } = useTranslation("monitor");
  const lit = useFocus(({ seq }) => seq);
  const request = useFocus((focus) => focus.request);
  const section = useRef<HTMLElement>(null);
  const isLit = matrices.some(({ seq }) => seq === lit);
  useEffect(() => {
    if (isLit) section.current?.scrollIntoView({ block: "nearest" });
  }, [isLit, request]);
  const titleOf = useNodeTitles();
  const startedAt = useRun(({ state, run }) => state.startedAt ?? run?.startedAt ?? 0);
  const shown = matrices.find(({ seq }) => seq === lit) ?? matrices.at(-1);
  if (shown === undefined) return null;
  const { seq, nodeId, wrong, pairs, seconds, left } = shown;
  const nameOf = ({ nodeId: of, timestamp }: HearingMatrix): string =>
    `${((timestamp - startedAt) / 1_000).toFixed(1)} s · ${of === null ? "" : titleOf(of)}`;
  const offered = matrices.filter(
    (one) => one === shown || matrices.indexOf(one) >= matrices.length - MAX_OFFERED,
  );
  const Sign = wrong === 0 ? Check : X;
  return (
    <section
      aria-label={t("hears.title")}
      className={classes(
        "border-t border-line px-3 py-2",
        seq === lit && "shadow-[inset_3px_0_0_var(--accent)]",
      )}
    >
      <div className="mb-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-xs">
        <h3 className="font-medium text-muted">{t("hears.title")}</h3>
        {matrices.length > 1 ? (
          <Select
            aria-label={t("hears.which")}
            value={seq}
            className="h-7 w-auto max-w-72 text-xs"
            onChange={(event) => useFocus.getState().show({ seq: Number(event.target.value) })}
          >
            {offered.map((one) => (
              <option key={one.seq} value={one.seq}>
                {one.wrong === 0 ? "✓" : "✕"} {nameOf(one)}
              </option>
            ))}
          </Select>
        ) : (
          <span>{nameOf(shown)}</span>
        )}
        {nodeId !== null && (
          <IconButton
            icon={Crosshair}
            size="smallIcon"
            label={t("failure.showNode")}
            onClick={() => useFocus.getState().show({ nodeId })}
          />
        )}
        <span
          className={classes(
            "flex items-center gap-1 font-medium",
            wrong === 0 ? "text-success" : "text-failure",
          )}
        >
          <Sign aria-hidden size={14} strokeWidth={2.5} />
          {wrong === 0
            ? t("hears.allRight", { count: pairs })
            : t("hears.someWrong", { count: wrong, pairs })}
        </span>
        <span className="text-muted">{t("hears.seconds", { seconds })}</span>
      </div>
      <div className="overflow-x-auto pb-1">
        <Matrix matrix={shown} />
      </div>
      {left > 0 && <p className="text-xs text-muted">{t("hears.left", { count: left })}</p>}
    </section>
  );
}
