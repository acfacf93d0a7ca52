import { Ladder } from "@/core/ladder/ladder";
import type { Recording } from "@/core/run/state";

const ladders = new WeakMap<Recording, Ladder>();

/** The ladder of a run as far as it has come; every view of the run shares it. */
export function ladderOf(recording: Recording): Ladder {
  let ladder = ladders.get(recording);
  if (ladder === undefined) {
    ladder = new Ladder();
    ladders.set(recording, ladder);
  }
  ladder.take(recording.events);
  return ladder;
}
