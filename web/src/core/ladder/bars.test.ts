import fc from "fast-check";
import { expect, it } from "vitest";
import { Bars } from "./bars";

interface Timed {
  stretches: { from: number; to: number | null }[];
}

const MOST = 400;
const lasting = fc.oneof({ weight: 9, arbitrary: fc.nat(6) }, { weight: 1, arbitrary: fc.constant(null) });

it("finds the bars that reach into a window, wherever they began", () => {
  fc.assert(
    fc.property(fc.array(lasting, { maxLength: MOST }), fc.nat(MOST), fc.nat(20), (lengths, top, height) => {
      const bars = new Bars<Timed>(() => []);
      const all = lengths.map((length, from): Timed => {
        const stretch = { from, to: null as number | null };
        const bar = { stretches: [stretch] };
        bars.add(bar);
        Array.from(bars.reaching(from, from)); // as a run is watched: what is over later was open then
        stretch.to = length === null ? null : from + length;
        return bar;
      });
      expect([...bars.reaching(top, top + height)].map(({ bar }) => bar)).toEqual(
        all.filter(({ stretches: [only] }) => {
          const { from, to } = only ?? { from: Infinity, to: null };
          return from <= top + height && (to ?? Infinity) >= top;
        }),
      );
    }),
    { numRuns: 60 },
  );
});
