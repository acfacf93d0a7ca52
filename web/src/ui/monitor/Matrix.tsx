import { CircleAlert, Minus, Volume2, VolumeX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { colorsOf } from "@/core/document/colors";
import { isWrong, type Matrix as HearingMatrix, type MatrixCell, type Person } from "@/core/run/hearing";
import { printable } from "@/core/sip/printable";
import { useShownDocument } from "@/features/editor/shown";
import { useFocus } from "@/features/focus/store";
import { classes } from "@/ui/kit/classes";

/** Each verdict has a shape, a ground and words of its own: colour is never the only sign. */
const LOOK = {
  heard: { Icon: Volume2, ground: "bg-success-soft", color: "text-success" },
  silent: { Icon: Minus, ground: "", color: "text-muted" },
  missing: { Icon: VolumeX, ground: "bg-failure-soft", color: "text-failure" },
  leaked: { Icon: Volume2, ground: "bg-failure-soft", color: "text-failure" },
};

/** Who hears whom as a picture, which is a table: rows listen, columns speak. Small, its words are only read aloud. */
export function Matrix({ matrix, isSmall = false }: { matrix: HearingMatrix; isSmall?: boolean }) {
  const { t } = useTranslation("monitor");
  const { people, rows } = matrix;
  return (
    <table className="border-separate border-spacing-0.5 text-xs">
      <caption className="sr-only">{t("hears.caption")}</caption>
      <thead>
        <tr>
          <td
            className={classes("align-bottom text-[11px] leading-tight text-muted", !isSmall && "pr-3 pb-1")}
          >
            <span className="flex items-end justify-between gap-3">
              <span>{t("hears.listens")} ↓</span>
              <span>{t("hears.speaks")} →</span>
            </span>
          </td>
          {people.map((speaker) => (
            <th key={speaker.id} scope="col" className="px-1 pb-1 align-bottom font-medium">
              <Name person={speaker} isSmall={isSmall} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ listener, packets, cells }) => (
          <tr key={listener.id}>
            <th scope="row" className="pr-3 text-left font-medium">
              <Name person={listener} isSmall={isSmall} />
              <span className={classes("pl-3.5 text-[11px] font-normal text-muted", isSmall && "sr-only")}>
                {t("hears.packets", { count: packets })}
              </span>
            </th>
            {cells.map((cell, place) => (
              <Cell key={people[place]?.id} cell={cell} isSmall={isSmall} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A party by name and colour; leads to its node. */
function Name({ person: { id, name }, isSmall }: { person: Person; isSmall: boolean }) {
  const color = colorsOf(useShownDocument()).get(id);
  return (
    <button
      type="button"
      title={printable(name)}
      className={classes(
        "flex cursor-pointer items-center gap-1.5 hover:underline",
        isSmall ? "max-w-16" : "max-w-36",
      )}
      onClick={() => useFocus.getState().show({ nodeId: id })}
    >
      <span
        aria-hidden
        className="size-2 shrink-0 rounded-[3px]"
        style={{ background: color ?? "var(--muted)" }}
      />
      <span className="truncate">{printable(name)}</span>
    </button>
  );
}

function Cell({ cell, isSmall }: { cell: MatrixCell | null; isSmall: boolean }) {
  const { t } = useTranslation("monitor");
  const size = isSmall ? "h-7 min-w-9" : "h-10 min-w-36 px-2";
  if (cell === null)
    return (
      <td
        className={classes(
          size,
          "rounded-md bg-[repeating-linear-gradient(135deg,var(--sunken)_0_4px,transparent_4px_8px)]",
        )}
      />
    );
  const { verdict, levelDbfs } = cell;
  const { Icon, ground, color } = LOOK[verdict];
  const is = t(`hears.is.${verdict}`);
  const level = levelDbfs === null ? null : t("hears.level", { level: Math.round(levelDbfs) });
  const but = isWrong(verdict) ? t(`hears.but.${verdict}`) : null;
  const parts = [is, level, but].filter((part) => part !== null);
  return (
    <td
      data-verdict={verdict}
      {...(isSmall ? { title: parts.join(", ") } : {})}
      className={classes(
        size,
        "rounded-md border border-line",
        ground,
        but !== null && "border-2 border-failure",
        verdict === "missing" && "border-dashed",
      )}
    >
      <span className="flex items-center justify-center gap-1.5">
        <Icon aria-hidden size={16} strokeWidth={2.25} className={classes("shrink-0", color)} />
        {isSmall ? (
          <span className="sr-only">{parts.join(", ")}</span>
        ) : (
          <span className="leading-tight whitespace-nowrap">
            <span className={classes("font-medium", color)}>{is}</span>
            {level !== null && <span className="text-[11px] text-muted tabular-nums"> {level}</span>}
            {but !== null && <span className="block text-[11px] font-medium">{but}</span>}
          </span>
        )}
        {but !== null && isSmall && <CircleAlert aria-hidden size={13} className="shrink-0 text-failure" />}
      </span>
    </td>
  );
}
