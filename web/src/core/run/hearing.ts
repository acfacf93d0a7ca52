import type { Hearing, RunEvent } from "./events";
import type { MediaEvent } from "./media";

/** One speaker in one pair of ears: as it was expected (`heard`, `silent`), or not (`missing`, `leaked`). */
export type Verdict = "heard" | "silent" | "missing" | "leaked";

export interface MatrixCell {
  speaker: Person;
  verdict: Verdict;
  /** How loud; null where nothing was heard. */
  levelDbfs: number | null;
}

export interface Person {
  id: string;
  name: string;
}

/** Who hears whom, as one AssertHears has measured it: rows listen, columns speak. */
export interface Matrix {
  seq: number;
  timestamp: number;
  /** The node that has measured, and the instance whose it is. */
  nodeId: string | null;
  instanceId: string | null;
  /** How long it has listened. */
  seconds: number;
  people: readonly Person[];
  /** A cell for each of `people`; null where a listener meets itself, or the run does not tell of it. */
  rows: readonly { listener: Person; packets: number; cells: readonly (MatrixCell | null)[] }[];
  /** How many cells there are, and how many of them are not as expected. */
  pairs: number;
  wrong: number;
  /** How many instances are left out. */
  left: number;
}

/** Instances in one picture, those first that are in a cell that is wrong, then those that are heard. */
const MAX_SHOWN = 24;

/** All measurements of a run up to an event. */
export function matricesOf(events: readonly MediaEvent[], until: number): Matrix[] {
  const found: Matrix[] = [];
  for (const event of events) {
    if (event.seq > until) break;
    if (event.hearing != null) found.push(matrixOf(event, event.hearing));
  }
  return found;
}

/** What a node has measured before it ended with the event `seq`; null where it has not. */
export function matrixBefore(events: readonly RunEvent[], seq: number, nodeId: string): Matrix | null {
  for (let at = seq - 2; at >= 0; at--) {
    const event = events[at];
    if (event?.nodeId !== nodeId) continue;
    if (event.event === "scenario:node-state") return null;
    if (event.event === "scenario:media" && event.hearing != null) return matrixOf(event, event.hearing);
  }
  return null;
}

function matrixOf(event: MediaEvent, { seconds, instances, rows: told }: Hearing): Matrix {
  const { seq, timestamp, nodeId, instanceId } = event;
  const all = told.flatMap(({ cells }) => cells.map(verdictOf));
  const people = shownOf(Object.entries(instances), told);
  const rowOf = new Map(told.map((row) => [row.listener, row]));
  const rows = people.map((listener) => {
    const row = rowOf.get(listener.id);
    const cells = people.map((speaker): MatrixCell | null => {
      if (row === undefined || speaker === listener) return null;
      const cell = row.cells.find((one) => one.speaker === speaker.id);
      return cell === undefined
        ? { speaker, verdict: "silent", levelDbfs: null }
        : { speaker, verdict: verdictOf(cell), levelDbfs: cell.levelDbfs };
    });
    return { listener, packets: row?.packets ?? 0, cells };
  });
  const wrong = all.filter(isWrong).length;
  const count = Object.keys(instances).length;
  const [left, pairs] = [count - people.length, told.length * (count - 1)];
  return { seq, timestamp, nodeId, instanceId, seconds, people, rows, pairs, wrong, left };
}

function shownOf(people: [id: string, name: string][], rows: Hearing["rows"]): Person[] {
  const rank = new Map<string, number>();
  for (const { listener, cells } of rows)
    for (const cell of cells) {
      const verdict = verdictOf(cell);
      const weight = isWrong(verdict) ? 2 : verdict === "heard" ? 1 : 0;
      for (const id of [listener, cell.speaker]) rank.set(id, Math.max(rank.get(id) ?? 0, weight));
    }
  const ranked = people.map(([id]) => id).sort((one, other) => (rank.get(other) ?? 0) - (rank.get(one) ?? 0));
  const kept = new Set(ranked.slice(0, MAX_SHOWN));
  return people.filter(([id]) => kept.has(id)).map(([id, name]) => ({ id, name }));
}

const verdictOf = ({ isExpected, isHeard }: Pick<Cell, "isExpected" | "isHeard">): Verdict =>
  isHeard ? (isExpected ? "heard" : "leaked") : isExpected ? "missing" : "silent";

type Cell = Hearing["rows"][number]["cells"][number];

export const isWrong = (verdict: Verdict): verdict is "missing" | "leaked" =>
  verdict === "missing" || verdict === "leaked";
