import { AudioLines } from "lucide-react";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { colorsOf } from "@/core/document/colors";
import { instancesIn } from "@/core/ladder/lanes";
import { matricesOf } from "@/core/run/hearing";
import { type Stream, streamsOf } from "@/core/run/media";
import { printable } from "@/core/sip/printable";
import { useCatalogue } from "@/features/catalogue/store";
import { useShownDocument } from "@/features/editor/shown";
import { useFocus } from "@/features/focus/store";
import { followMedia, useMedia } from "@/features/run/media";
import { shownSeq, useRun } from "@/features/run/store";
import { classes } from "@/ui/kit/classes";
import { Empty } from "@/ui/kit/Empty";
import { LevelMeter } from "./LevelMeter";
import { Quality } from "./Quality";
import { Recordings } from "./Recordings";
import { formatSpan } from "./RunRow";
import { WhoHears } from "./WhoHears";

/** What the run tells of media: a line for each stream of each call. */
export function Media() {
  const { t } = useTranslation("monitor");
  useEffect(followMedia, []);
  const events = useMedia((media) => media.events);
  const until = useRun(shownSeq);
  const tell = useCatalogue((catalogue) => catalogue.tell);
  const hasRun = useRun(({ view }) => view !== "none");
  const streams = useMemo(() => streamsOf(events, until, tell), [events, until, tell]);
  const matrices = useMemo(() => matricesOf(events, until), [events, until]);
  if (streams.length === 0 && matrices.length === 0)
    return (
      <Empty icon={AudioLines} title={t(hasRun ? "media.none" : "log.empty")}>
        <p className="max-w-96">{t(hasRun ? "media.noneText" : "media.emptyText")}</p>
      </Empty>
    );
  return (
    <div className="h-full overflow-auto">
      <WhoHears matrices={matrices} />
      <table className="w-full border-collapse text-xs">
        <thead className="sticky top-0 bg-surface text-left text-muted">
          <tr>
            {(["instance", "call", "stream", "state", "started", "duration", "dtmf"] as const).map((name) => (
              <th key={name} className="border-b border-line px-3 py-1.5 font-medium whitespace-nowrap">
                {t(`media.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {streams.map((stream) => (
            <Row key={stream.seq} stream={stream} />
          ))}
        </tbody>
      </table>
      <Quality streams={streams} />
      <Recordings />
    </div>
  );
}

function Row({ stream }: { stream: Stream }) {
  const { t } = useTranslation("monitor");
  const { seq, instanceId, callId, startedAt, stoppedAt, about, dtmf, statistics, directions, others } =
    stream;
  const document = useShownDocument();
  const runStart = useRun(({ state, run }) => state.startedAt ?? run?.startedAt ?? 0);
  const now = useRun(({ state }) => state.lastAt ?? 0);
  const isLit = useFocus((focus) => focus.seq === seq);
  const name = instancesIn(document).find(({ id }) => id === instanceId)?.name ?? instanceId ?? "";
  const state = startedAt === null ? "told" : stoppedAt === null ? "running" : "stopped";
  return (
    <tr className={classes("border-b border-line hover:bg-sunken", isLit && "bg-accent-soft")}>
      <th scope="row" className="px-3 py-1 text-left font-medium">
        <button
          type="button"
          className="flex cursor-pointer items-center gap-1.5 text-left hover:underline"
          onClick={() => useFocus.getState().show({ seq })}
        >
          <span
            aria-hidden
            className="size-2 shrink-0 rounded-full bg-line"
            style={instanceId === null ? {} : { backgroundColor: colorsOf(document).get(instanceId) }}
          />
          {printable(name)}
        </button>
      </th>
      <td
        className="max-w-40 truncate px-3 py-1 font-mono text-[11px] text-muted"
        title={printable(callId ?? "")}
      >
        {printable(callId ?? "")}
      </td>
      <td className="px-3 py-1">
        {[about, ...others, directions.length === 0 ? statistics : ""]
          .filter((text) => text !== "")
          .map(printable)
          .join(" · ")}
      </td>
      <td
        className={classes("px-3 py-1 font-medium whitespace-nowrap", state === "running" && "text-success")}
      >
        <span className="flex items-center gap-2">
          {t(`media.is.${state}`)}
          {state === "running" && instanceId !== null && (
            <LevelMeter instanceId={instanceId} callId={callId} name={printable(name)} />
          )}
        </span>
      </td>
      <td className="px-3 py-1 whitespace-nowrap tabular-nums">
        {startedAt === null ? "" : `${((startedAt - runStart) / 1_000).toFixed(3)} s`}
      </td>
      <td className="px-3 py-1 whitespace-nowrap tabular-nums">
        {startedAt === null ? "" : formatSpan((stoppedAt ?? now) - startedAt)}
      </td>
      <td className="px-3 py-1 font-mono text-[11px]">{printable(dtmf.join(" "))}</td>
    </tr>
  );
}
