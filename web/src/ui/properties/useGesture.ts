import { type FocusEvent, useRef } from "react";
import { endGesture } from "@/features/editor/store";

let count = 0;

/**
 * All edits from the time a part of the page gets the keyboard until it loses it are one step of undo. `gesture` names
 * it; `parts` go to the element around.
 */
export function useGesture(name: string): {
  gesture: () => string;
  parts: { onFocus: (event: FocusEvent) => void; onBlur: (event: FocusEvent) => void };
} {
  const current = useRef(`${name} 0`);
  const isInside = ({ currentTarget, relatedTarget }: FocusEvent) =>
    relatedTarget instanceof Node && currentTarget.contains(relatedTarget);
  return {
    gesture: () => current.current,
    parts: {
      onFocus: (event) => {
        if (!isInside(event)) current.current = `${name} ${++count}`;
      },
      onBlur: (event) => {
        if (!isInside(event)) endGesture();
      },
    },
  };
}
