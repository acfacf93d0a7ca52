/** How loud one call is at one instance at this moment, in dBFS; null where no packet comes or goes. */
export interface StreamLevel {
  instanceId: string;
  callId: string | null;
  heardDbfs: number | null;
  sentDbfs: number | null;
}

/** What of it a meter shows, each way: steps from 0 to `STEPS`; null where there is no packet. */
export interface Shown {
  heard: number | null;
  sent: number | null;
}

export const STEPS = 10;
/** From here on a meter shows something; at 0 dBFS it is full. */
const FLOOR_DBFS = -50;
/** What a meter that must not move shows of any sound. */
const STILL_STEPS = 6;

/** A level as steps of a meter. A still one tells whether there is sound, and moves with no loudness of it. */
export function stepsOf(dbfs: number | null, isStill: boolean): number | null {
  if (dbfs === null) return null;
  const steps = Math.ceil(((dbfs - FLOOR_DBFS) / -FLOOR_DBFS) * STEPS);
  return isStill && steps > 0 ? STILL_STEPS : Math.min(Math.max(steps, 0), STEPS);
}

/** The key of a stream's meter; without a call, of its instance's, which shows the loudest of its calls. */
export const meterKey = (instanceId: string, callId?: string | null): string =>
  callId === undefined ? instanceId : `${instanceId} ${callId ?? ""}`;

/** All meters by their keys. */
export function metersOf(streams: readonly StreamLevel[], isStill: boolean): Map<string, Shown> {
  const meters = new Map<string, Shown>();
  for (const { instanceId, callId, heardDbfs, sentDbfs } of streams) {
    const shown = { heard: stepsOf(heardDbfs, isStill), sent: stepsOf(sentDbfs, isStill) };
    for (const key of [meterKey(instanceId), meterKey(instanceId, callId)]) {
      const before = meters.get(key);
      meters.set(key, before === undefined ? shown : louder(before, shown));
    }
  }
  return meters;
}

const louder = (one: Shown, other: Shown): Shown => ({
  heard: loudest(one.heard, other.heard),
  sent: loudest(one.sent, other.sent),
});

const loudest = (one: number | null, other: number | null): number | null =>
  one === null ? other : other === null ? one : Math.max(one, other);
