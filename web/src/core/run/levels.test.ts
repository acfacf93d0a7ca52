import { describe, expect, it } from "vitest";
import { meterKey, metersOf, stepsOf } from "./levels";

describe("a level", () => {
  it("is shown in steps, from a floor to full scale", () => {
    expect([0, 3, -1, -16, -49, -50, -120].map((dbfs) => stepsOf(dbfs, false))).toEqual([
      10, 10, 10, 7, 1, 0, 0,
    ]);
    expect(stepsOf(null, false)).toBe(null);
  });

  it("that must not move tells only whether there is sound", () => {
    expect([-1, -40, -60].map((dbfs) => stepsOf(dbfs, true))).toEqual([6, 6, 0]);
  });

  it("of an instance is the loudest of its calls", () => {
    const meters = metersOf(
      [
        { instanceId: "a", callId: "call-1", heardDbfs: -16, sentDbfs: null },
        { instanceId: "a", callId: null, heardDbfs: -30, sentDbfs: -120 },
      ],
      false,
    );
    expect(meters.get(meterKey("a"))).toEqual({ heard: 7, sent: 0 });
    expect(meters.get(meterKey("a", "call-1"))).toEqual({ heard: 7, sent: null });
    expect(meters.get(meterKey("a", null))).toEqual({ heard: 4, sent: 0 });
    expect(meters.get(meterKey("b"))).toBeUndefined();
  });
});
