import { useTranslation } from "react-i18next";
import { instancesIn } from "@/core/ladder/lanes";
import { opinionOf, type Stream } from "@/core/run/media";
import { printable } from "@/core/sip/printable";
import { useShownDocument } from "@/features/editor/shown";
import { useFocus } from "@/features/focus/store";

const TONE = { good: "text-success", fair: "text-warning", poor: "text-failure" };
const COLUMNS = ["instance", "call", "direction", "packets", "lost", "jitter", "mos", "roundTrip"] as const;

/** The figures of all streams that have told them: a line for each direction of each. */
export function Quality({ streams }: { streams: readonly Stream[] }) {
  const { t } = useTranslation("monitor");
  const document = useShownDocument();
  const told = streams.filter(({ directions }) => directions.length > 0);
  if (told.length === 0) return null;
  const nameOf = (id: string | null) => instancesIn(document).find((one) => one.id === id)?.name ?? id ?? "";
  const unknown = t("media.unknown");
  return (
    <section aria-label={t("media.quality")} className="border-t border-line pt-3">
      <h3 className="px-3 pb-1 text-xs font-medium text-muted">{t("media.quality")}</h3>
      <table className="w-full border-collapse text-xs">
        <thead className="text-left text-muted">
          <tr>
            {COLUMNS.map((name) => (
              <th
                key={name}
                scope="col"
                className="border-b border-line px-3 py-1.5 font-medium whitespace-nowrap"
              >
                {t(`media.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {told.flatMap(({ seq, instanceId, callId, directions, roundTripMs }) =>
            directions.map(({ way, packets, lost, lostPercent, jitterMs, mos }) => (
              <tr key={`${seq} ${way}`} className="border-b border-line tabular-nums hover:bg-sunken">
                <th scope="row" className="px-3 py-1 text-left font-medium">
                  <button
                    type="button"
                    className="cursor-pointer hover:underline"
                    onClick={() => useFocus.getState().show({ seq })}
                  >
                    {printable(nameOf(instanceId))}
                  </button>
                </th>
                <td className="px-3 py-1 font-mono text-[11px] text-muted">{printable(callId ?? "")}</td>
                <td className="px-3 py-1">{t(`media.way.${way}`)}</td>
                <td className="px-3 py-1">{packets}</td>
                <td className="px-3 py-1">
                  {lost === null ? unknown : `${lost} (${(lostPercent ?? 0).toFixed(1)} %)`}
                </td>
                <td className="px-3 py-1">{jitterMs === null ? unknown : `${jitterMs.toFixed(1)} ms`}</td>
                <td className={`px-3 py-1 font-medium ${mos === null ? "" : TONE[opinionOf(mos)]}`}>
                  {mos === null ? unknown : mos.toFixed(1)}
                </td>
                <td className="px-3 py-1">
                  {roundTripMs === null ? unknown : `${roundTripMs.toFixed(1)} ms`}
                </td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </section>
  );
}
