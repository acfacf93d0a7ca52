import { Command, useCommandState } from "cmdk";
import type { ReactNode } from "react";

/** Stands as an option in a list in which nothing is found: a list of options may not be empty. */
export function NothingFound({ children }: { children: ReactNode }) {
  const isShown = useCommandState(({ filtered }) => filtered.count === 0);
  if (!isShown) return null;
  return (
    <Command.Item forceMount disabled value="nothing" className="px-2 py-6 text-center text-muted">
      {children}
    </Command.Item>
  );
}
