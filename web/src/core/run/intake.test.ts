import fc from "fast-check";
import { expect, it } from "vitest";
import { Script } from "./fixtures";
import { Intake } from "./intake";
import { Recording } from "./state";

const TOTAL = 60;
const { events } = Array.from({ length: TOTAL }).reduce<Script>((script) => script.log("line"), new Script());

it("has what the server has, in order, whatever came late, twice or never", () => {
  const frame = fc.record({
    from: fc.nat(TOTAL - 1),
    length: fc.integer({ min: 1, max: 20 }),
    take: fc.nat(30),
    isPage: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 40 }), (frames) => {
      const intake = new Intake(new Recording());
      for (const { from, length, take, isPage } of frames) {
        if (isPage) {
          const after = intake.recording.lastSeq;
          intake.fill(events.slice(after, after + length), TOTAL);
        } else intake.offer(events.slice(from, from + length));
        intake.take(take);
        expect(intake.recording.events).toEqual(events.slice(0, intake.recording.lastSeq));
      }
      intake.tell(TOTAL);
      while (intake.isWaiting) intake.take(10);
      while (intake.isBehind) {
        const after = intake.recording.lastSeq;
        intake.fill(events.slice(after, after + 7), TOTAL);
      }
      expect(intake.recording.events).toEqual(events);
    }),
  );
});

it("knows that something is missing once the rest has been looked at", () => {
  const intake = new Intake(new Recording());
  intake.offer(events.slice(5, 10));
  expect(intake.isBehind).toBe(false);
  intake.take(100);
  expect([intake.isWaiting, intake.isBehind, intake.recording.lastSeq]).toEqual([false, true, 0]);
});
