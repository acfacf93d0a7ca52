import { toast } from "sonner";
import { whatHappened } from "@/features/errors/words";

/** Let something go on by itself; where it fails, say what happened and what to do. */
export function attempt(work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    toast.error(whatHappened(error), { duration: 10_000 });
  });
}
