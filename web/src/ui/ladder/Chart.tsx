import { ArrowDown } from "lucide-react";
import { type MouseEvent, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { piecesIn } from "@/core/ladder/bars";
import { transactionOf } from "@/core/ladder/labels";
import { layLanes } from "@/core/ladder/layout";
import { countAt, countOf } from "@/core/ladder/model";
import type { Row } from "@/core/ladder/rows";
import { formatTime } from "@/core/ladder/time";
import { useFocus } from "@/features/focus/store";
import { useLadderView } from "@/features/ladder/store";
import { useRun } from "@/features/run/store";
import { slotOf, useRows } from "@/ui/kit/useRows";
import { Drawing } from "./Drawing";
import { DENSE, HEADER_HEIGHT, ROOMY, TIME_WIDTH } from "./geometry";
import { Header } from "./Header";
import { moveBy } from "./keys";
import type { Frame } from "./lineLabels";
import { Line, lineId } from "./Line";
import { betweenIn } from "./sentences";
import { chooseRow, useFocused } from "./useFocused";
import type { LadderData } from "./useLadder";

/** What is to be seen beside the ends of a line that is brought into sight. */
const BESIDE_PX = 60;

/** The ladder itself: a header that stays, and as many lines as are in sight. */
export function Chart({ data }: { data: LadderData }) {
  const { t } = useTranslation("ladder");
  const { rows, count, lanes, placeOf, cursor, seq, startedAt, ladder } = data;
  const { timeMode, isDense } = useLadderView();
  const isLive = useRun((run) => run.view === "live");
  const revision = useRun((run) => run.revision);
  const metrics = isDense ? DENSE : ROOMY;
  const { rowHeight } = metrics;
  const { setScroller, follow, reveal, ...window } = useRows(count, rowHeight, {
    headerHeight: HEADER_HEIGHT,
    sideWidth: TIME_WIDTH,
    startsAtEnd: isLive,
  });
  const room = window.width - TIME_WIDTH;
  const layout = useMemo(() => layLanes(lanes.length, room), [lanes.length, room]);
  const frame = useMemo((): Frame => ({ t, between: betweenIn(t), layout, metrics }), [t, layout, metrics]);
  // A cursor that moves through time always leads to the moment that it shows.
  useEffect(() => {
    if (cursor !== null) follow();
  }, [cursor, follow]);

  const xOf = (key: string): number | null => layout.xs[placeOf.get(key) ?? -1] ?? null;
  const placesOf = (row: Row): readonly [number, number] => {
    const [source, target] = endsOf(row);
    return [xOf(source) ?? 0, xOf(target) ?? 0];
  };
  const { selected, isRelated, begunAt } = useFocused(revision);
  const request = useFocus((focus) => focus.request);
  const seenRequest = useRef(-1);
  useEffect(() => {
    if (seenRequest.current === request || count === 0) return;
    seenRequest.current = request;
    const index = rows.findIndex((row) =>
      selected === null ? row.kind === "arrow" && isRelated(row.arrow) : lineId(row) === selected,
    );
    // A node that sent and got nothing itself: the moment at which it was at work.
    const moment = begunAt === null ? -1 : rows.findLastIndex(({ id }) => id <= begunAt);
    const goal = index >= 0 ? index : moment;
    const row = rows[goal];
    if (row === undefined || goal >= count) return;
    const xs = placesOf(row).map((x) => TIME_WIDTH + x);
    reveal(goal, row.kind === "gap" ? undefined : [Math.min(...xs) - BESIDE_PX, Math.max(...xs) + BESIDE_PX]);
  });

  const { first, pointed } = window;
  const inWindow = rows.slice(first, window.end);
  const pointedRow = inWindow[pointed];
  const transaction = pointedRow?.kind === "arrow" ? transactionOf(pointedRow.arrow.first) : null;
  const nameOf = (key: string): string => lanes[placeOf.get(key) ?? -1]?.name ?? key;
  const sight = { count, seq, start: first, end: Math.max(window.end - 1, 0) };
  const pieces = piecesIn(data.bars, rows, sight);
  const streams = piecesIn(ladder.streams.bars, rows, sight);
  const isShown = inWindow.some((row) => lineId(row) === selected);
  const clicked = (event: MouseEvent): void => {
    const row = inWindow[slotOf(event)];
    if (row !== undefined) chooseRow(row, true);
  };

  return (
    <div className="relative h-full min-w-0">
      <div
        ref={setScroller}
        className="h-full overflow-auto bg-surface outline-accent -outline-offset-2 [contain:strict] [overflow-anchor:none] has-[[data-ladder]:focus-visible]:outline-2"
      >
        <div
          className="relative flex min-h-full flex-col"
          style={{ width: TIME_WIDTH + layout.width, height: HEADER_HEIGHT + window.totalHeight }}
        >
          <Header lanes={lanes} layout={layout} colors={data.colors} />
          <div
            role="listbox"
            data-ladder
            tabIndex={0}
            aria-label={t("title")}
            {...(isShown && selected !== null ? { "aria-activedescendant": selected } : {})}
            className="relative flex-1 outline-none"
            onKeyDown={(event) => {
              if (moveBy(event.key, rows, count, selected, rowHeight)) event.preventDefault();
            }}
            onClick={clicked}
            onMouseMove={window.onMouseMove}
            onMouseLeave={window.onMouseLeave}
          >
            <div role="presentation" className="absolute inset-x-0" style={{ top: window.offset }}>
              <Drawing
                {...{ t, first, selected, pieces, streams, xOf, metrics }}
                rows={inWindow}
                xs={layout.xs}
                endsOf={placesOf}
                width={layout.width}
                height={Math.max(inWindow.length * rowHeight, window.height)}
              />
              {inWindow.map((row, slot) => {
                const arrow = row.kind === "arrow" ? row.arrow : null;
                const [from, to] = placesOf(row);
                const call =
                  arrow && ladder.calls.size > 1 ? ladder.calls.get(arrow.first.sipCallId) : undefined;
                return (
                  <Line
                    // Lines that come into sight take the elements of those that have left it.
                    key={slot}
                    {...{ frame, row, slot, from, to }}
                    index={first + slot}
                    size={count}
                    time={row.kind === "gap" ? "" : formatTime(row, timeMode, startedAt)}
                    count={arrow === null ? 1 : cursor === null ? countOf(arrow) : countAt(arrow, seq)}
                    call={call?.index ?? null}
                    names={endsOf(row).map(nameOf).join("\n")}
                    isPointed={slot === pointed}
                    isSelected={lineId(row) === selected}
                    isRelated={
                      arrow !== null && (isRelated(arrow) || transaction === transactionOf(arrow.first))
                    }
                  />
                );
              })}
            </div>
          </div>
        </div>
      </div>
      {!window.isFollowing && (isLive || cursor !== null) && (
        <button
          type="button"
          onClick={follow}
          className="absolute right-6 bottom-3 z-20 flex cursor-pointer items-center gap-1.5 rounded-full border border-line bg-raised px-3 py-1 text-xs font-medium shadow-lg hover:bg-sunken"
        >
          <ArrowDown size={13} aria-hidden />
          {t("toEnd")}
        </button>
      )}
    </div>
  );
}

function endsOf(row: Row): readonly [string, string] {
  if (row.kind === "gap") return ["", ""];
  if (row.kind === "remark") return [row.remark.lane, row.remark.lane];
  const { source, target } = row.kind === "arrow" ? row.arrow : row.begun.bar.invite;
  return [source, target];
}
