import type { Tone } from "@/core/ladder/labels";

/** Colours of a message by what it is; its stroke, arrowhead and words say the same without them. */
export const TONE_COLOR = {
  request: "text-accent",
  provisional: "text-muted",
  success: "text-success",
  redirection: "text-warning",
  failure: "text-failure",
} satisfies Record<Tone, string>;
