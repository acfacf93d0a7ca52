import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { comparable, previousAlike } from "@/core/ladder/alike";
import { lineOf } from "@/core/ladder/labels";
import type { Arrow } from "@/core/ladder/model";
import { formatTime } from "@/core/ladder/time";
import { commonEnds, compareMessages, type Pair } from "@/core/sip/diff";
import { useLadderView } from "@/features/ladder/store";
import { classes } from "@/ui/kit/classes";
import { Select } from "@/ui/kit/Field";
import type { LadderData } from "../useLadder";
import { Safe } from "./Safe";

/** What sets a message apart from another: from the last one of its kind, unless another is chosen. */
export function Comparison({ arrow, data: { ladder, startedAt } }: { arrow: Arrow; data: LadderData }) {
  const { t } = useTranslation("ladder");
  const { comparedWith, set } = useLadderView();
  const [isWhole, setWhole] = useState(false);
  const { arrows } = ladder.model;
  const total = arrows.length;
  const choices = useMemo(() => (total === 0 ? [] : comparable(arrows, arrow)), [arrows, total, arrow]);
  const chosen = comparedWith === null ? undefined : ladder.model.arrow(comparedWith);
  const other = chosen ?? previousAlike(arrows, arrow) ?? choices[0];
  if (other === undefined) return <p className="p-3 text-xs text-muted">{t("nothingToCompare")}</p>;
  const { start, headers, body } = compareMessages(other.first.raw, arrow.first.raw);
  const pairs = [start, ...headers, ...body];
  const shown = isWhole ? pairs : pairs.filter(({ kind }) => kind !== "same");
  const time = (one: Arrow) => formatTime({ at: one.first.timestamp, sinceMs: 0 }, "relative", startedAt);
  return (
    <div className="flex flex-col text-xs">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
        <label className="flex min-w-48 flex-1 items-center gap-2">
          <span className="shrink-0 text-muted">{t("compareWith")}</span>
          <Select
            className="h-7 text-xs"
            value={other.id}
            onChange={(event) => set({ comparedWith: Number(event.target.value) })}
          >
            {[...new Set([other, ...choices])]
              .sort((one, another) => one.id - another.id)
              .map((one) => (
                <option key={one.id} value={one.id}>
                  {time(one)} {lineOf(one)}
                </option>
              ))}
          </Select>
        </label>
        <label className="flex items-center gap-1.5 whitespace-nowrap">
          <input type="checkbox" checked={isWhole} onChange={(event) => setWhole(event.target.checked)} />
          {t("sameToo")}
        </label>
      </div>
      {shown.length === 0 ? (
        <p className="px-3 pb-3 text-muted">{t("noDifference")}</p>
      ) : (
        <table className="w-full table-fixed border-collapse font-mono text-[11.5px]">
          <thead>
            <tr className="border-b border-line text-left font-sans text-muted">
              <th scope="col" className="w-[6.5rem] px-3 py-1 font-normal">
                {t("header")}
              </th>
              <th scope="col" className="truncate px-1.5 py-1 font-normal">
                {time(other)} {lineOf(other, 1)}
              </th>
              <th scope="col" className="truncate px-1.5 py-1 font-normal">
                {time(arrow)} {lineOf(arrow, 1)}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((pair, at) => (
              <Difference key={at} pair={pair} />
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function Difference({ pair: { kind, name, left, right } }: { pair: Pair }) {
  const { t } = useTranslation("ladder");
  const ends = kind === "changed" ? commonEnds(left, right) : { start: left.length, end: 0 };
  return (
    <tr className="border-t border-line/60 align-top">
      <th scope="row" className="truncate px-3 py-1 text-left font-sans font-medium text-muted">
        <Safe>{name}</Safe>
        {kind !== "same" && <span className="sr-only">{t(`kind.${kind}`)}</span>}
      </th>
      <td
        className={classes(
          "px-1.5 py-1 wrap-anywhere",
          (kind === "left" || kind === "changed") && "bg-failure-soft/50",
        )}
      >
        {kind === "left" && <span aria-hidden>− </span>}
        <Changed text={left} {...ends} mark="bg-failure-soft font-semibold underline" />
      </td>
      <td
        className={classes(
          "px-1.5 py-1 wrap-anywhere",
          (kind === "right" || kind === "changed") && "bg-success-soft/50",
        )}
      >
        {kind === "right" && <span aria-hidden>+ </span>}
        <Changed
          text={right}
          {...(kind === "changed" ? ends : { start: right.length, end: 0 })}
          mark="bg-success-soft font-semibold underline"
        />
      </td>
    </tr>
  );
}

/** A text with what is not common to both of its sides marked. */
function Changed({ text, start, end, mark }: { text: string; start: number; end: number; mark: string }) {
  const middle = text.slice(start, text.length - end);
  return (
    <>
      <Safe>{text.slice(0, start)}</Safe>
      {middle !== "" && (
        <span className={mark}>
          <Safe>{middle}</Safe>
        </span>
      )}
      <Safe>{end === 0 ? "" : text.slice(text.length - end)}</Safe>
    </>
  );
}
