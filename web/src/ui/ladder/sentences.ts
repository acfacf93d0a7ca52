import type { TFunction } from "i18next";
import { labelOf } from "@/core/ladder/labels";
import type { Begun } from "@/core/ladder/media";
import type { Row } from "@/core/ladder/rows";
import type { Mark } from "@/core/ladder/streams";
import { formatPause } from "@/core/ladder/time";

type Translate = TFunction<"ladder">;

/** Which way media go from here on; the names are those of the caller and the called. */
export function mediaText(
  t: Translate,
  { stretch }: Begun,
  [caller = "", called = ""]: readonly string[],
): string {
  const { flow, isEarly } = stretch;
  const [from, to] = flow === "backward" ? [called, caller] : [caller, called];
  if (flow === "both") return isEarly ? t("media.early") : t("media.both");
  if (flow === "none") return t("media.none");
  return isEarly ? t("media.earlyOneWay", { from, to }) : t("media.oneWay", { from, to });
}

/** What a stream has to tell beside its bar, in one line or two. */
export const markText = (t: Translate, mark: Mark): readonly string[] =>
  mark.kind === "figures"
    ? [t("loss", { percent: mark.lostPercent.toFixed(1) }), `MOS ${mark.mos?.toFixed(1) ?? "–"}`]
    : [mark.text];

/**
 * A line of the ladder in words, for those who hear it: first what is to be read there, then between whom.
 * `names` are those of its two ends, `caller\ncalled`.
 */
export function sentenceOf(
  t: Translate,
  row: Row,
  count: number,
  names: string,
  between: (names: string) => string,
): string {
  switch (row.kind) {
    case "gap":
      return t("gap", { time: formatPause(row.sinceMs) });
    case "remark":
      return `${row.remark.text}, ${names.split("\n")[0] ?? ""}`;
    case "media":
      return mediaText(t, row.begun, names.split("\n"));
    case "arrow": {
      const { name, answers, sdp } = labelOf(row.arrow.first);
      const parts = [name, answers, sdp, count > 1 ? t("times", { count }) : null, between(names)];
      return parts.filter((part) => part !== null).join(", ");
    }
  }
}

/** Says between whom a message went; there are few pairs, and very many messages. */
export function betweenIn(t: Translate): (names: string) => string {
  const known = new Map<string, string>();
  return (names) => {
    let text = known.get(names);
    if (text === undefined) {
      const [from = "", to = ""] = names.split("\n");
      text = t("sentence", { from, to });
      known.set(names, text);
    }
    return text;
  };
}
