import { useMemo } from "react";
import { colorsOf } from "@/core/document/colors";
import type { Bars } from "@/core/ladder/bars";
import { countUntil } from "@/core/ladder/model";
import type { Ladder } from "@/core/ladder/ladder";
import { arrangeLanes, type Instance, instancesIn, type Lane, pbxsIn } from "@/core/ladder/lanes";
import { type Filter, isFiltering, type Row } from "@/core/ladder/rows";
import { useCatalogue } from "@/features/catalogue/store";
import { useShownDocument } from "@/features/editor/shown";
import { ladderOf } from "@/features/ladder/ladders";
import { useLadderView } from "@/features/ladder/store";
import { shownSeq, useRun } from "@/features/run/store";

/** All that the ladder's parts draw from, at the moment shown. */
export interface LadderData {
  ladder: Ladder;
  rows: readonly Row[];
  bars: Bars;
  /** So many of the rows have come at the moment shown. */
  count: number;
  /** The moment shown; null is the end of what has come. */
  cursor: number | null;
  seq: number;
  startedAt: number;
  /** All lanes; those shown carry the places of `placeOf`. */
  allLanes: readonly Lane[];
  lanes: readonly Lane[];
  /** The place of an arrow's end among the lanes shown. */
  placeOf: ReadonlyMap<string, number>;
  colors: ReadonlyMap<string, string>;
  isFiltered: boolean;
}

export function useLadder(): LadderData {
  const run = useRun();
  const document = useShownDocument();
  const tell = useCatalogue((catalogue) => catalogue.tell);
  const isMerged = useLadderView((view) => view.isMerged);
  const filter = useLadderView((view) => view.filter);
  const ladder = ladderOf(run.recording, tell);
  const instances = useMemo(() => instancesIn(document), [document]);
  const known = useMemo(() => pbxsIn(document), [document]);
  const colors = useMemo(() => colorsOf(document), [document]);
  const arranged = useLanes(ladder, instances, known, isMerged, filter);
  const { rows, bars } = ladder.shown(arranged.filter);
  const seq = shownSeq(run);
  return {
    ladder,
    rows,
    bars,
    count: run.cursor === null ? rows.length : countUntil(rows, seq),
    cursor: run.cursor,
    seq,
    startedAt: run.recording.events[0]?.timestamp ?? 0,
    ...arranged,
    colors,
    isFiltered: isFiltering(filter),
  };
}

/** Lanes that stay the same objects until somebody joins or turns out to be known. */
function useLanes(
  { model }: Ladder,
  instances: readonly Instance[],
  known: ReadonlyMap<string, string>,
  isMerged: boolean,
  filter: Filter,
) {
  const { population } = model;
  const { lanes: allLanes, places } = useMemo(() => {
    // The model changes in place: `population` tells when its lanes have.
    return population === 0
      ? arrangeLanes(instances, new Map(), [], isMerged)
      : arrangeLanes(instances, model.addresses, model.strangers(), isMerged, known);
  }, [model, population, instances, known, isMerged]);
  return useMemo(() => {
    const isHidden = (place: number) => filter.hiddenLanes.has(allLanes[place]?.key ?? "");
    const lanes = allLanes.filter((_, place) => !isHidden(place));
    const placeOf = new Map<string, number>();
    for (const [key, place] of places) {
      const lane = allLanes[place];
      if (lane !== undefined && !isHidden(place)) placeOf.set(key, lanes.indexOf(lane));
    }
    // Strangers of one host may share a lane: each of their addresses is hidden with it.
    const hiddenLanes = new Set([...places].filter(([, place]) => isHidden(place)).map(([key]) => key));
    return { allLanes, lanes, placeOf, filter: hiddenLanes.size === 0 ? filter : { ...filter, hiddenLanes } };
  }, [allLanes, places, filter]);
}
