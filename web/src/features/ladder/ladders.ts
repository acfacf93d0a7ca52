import { Ladder } from "@/core/ladder/ladder";
import type { Tell } from "@/core/run/sayings";
import type { Recording } from "@/core/run/state";

const ladders = new WeakMap<Recording, { ladder: Ladder; tell: Tell }>();

/** The ladder of a run as far as it has come, told in one language; every view of the run shares it. */
export function ladderOf(recording: Recording, tell: Tell): Ladder {
  let known = ladders.get(recording);
  if (known?.tell !== tell) {
    known = { ladder: new Ladder(tell), tell };
    ladders.set(recording, known);
  }
  known.ladder.take(recording.events);
  return known.ladder;
}
