const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** Turns the hue so far that neighbours lie apart. */
const HUE_STEP = 137.5;

export const callName = (index: number): string => LETTERS[index] ?? String(index + 1);

/** Which call a message belongs to: a letter, and a colour beside it. */
export function CallTag({ index }: { index: number }) {
  return (
    <span
      className="absolute inset-y-0 left-1 my-auto h-4 min-w-4 rounded-sm px-0.5 text-center font-sans text-[10px] leading-4 font-semibold text-text"
      style={{
        background: `color-mix(in srgb, hsl(${(210 + index * HUE_STEP) % 360} 70% 50%) 22%, var(--surface))`,
      }}
    >
      {callName(index)}
    </span>
  );
}
