import type { RunEvent, SipMessageEvent } from "@/core/run/events";

/** One message on its way from one lane to another, as seen at one or both of its ends. */
export interface Arrow {
  /** `firstSeq` of its events, by which all views know it. */
  readonly id: number;
  readonly first: SipMessageEvent;
  /** Every time it was seen, retransmissions included. */
  readonly sights: readonly SipMessageEvent[];
  /** Keys of lanes: the instance seen at that end, else whose address it is, else the address. */
  source: string;
  target: string;
  sent: number;
  received: number;
}

interface Growing extends Arrow {
  sights: SipMessageEvent[];
  /** Who was seen at an end itself; what the other end's address says comes second. */
  sender: string | null;
  receiver: string | null;
  /** The far address that each end saw first. */
  far: Partial<Record<"sent" | "received", string>>;
}

type End = "source" | "target";

/** How often the message was on the wire. */
export const countOf = ({ sent, received }: Arrow): number => Math.max(sent, received);

/** How often it had been on the wire when the event `seq` had come. */
export function countAt({ sights }: Arrow, seq: number): number {
  const seen = sights.filter((sight) => sight.seq <= seq);
  const sent = seen.filter(({ direction }) => direction === "sent").length;
  return Math.max(sent, seen.length - sent);
}

/** What a run's messages add up to. Grows with the run; arrows keep their place and change in it. */
export class LadderModel {
  /** In the order in which they were first seen, so that a cursor cuts them anywhere. */
  readonly arrows: Arrow[] = [];
  /** The first address that each lane was seen at. */
  readonly addresses = new Map<string, string>();
  /** Grows when an arrow got another end than it had: somebody unknown turned out to be an instance. */
  moves = 0;
  private readonly byId = new Map<number, Growing>();
  private readonly owners = new Map<string, string>();
  /** Ends that only an address tells so far, by that address. */
  private readonly open = new Map<string, { arrow: Growing; end: End }[]>();
  private readonly uses = new Map<string, number>();
  /** Twice the addresses that were lanes of their own and are no more. */
  private leavers = 0;

  /** Grows whenever there are other lanes than before. */
  get population(): number {
    return this.addresses.size + this.uses.size + this.leavers;
  }

  /** Take in events that follow the ones before. */
  add(events: readonly RunEvent[]): void {
    for (const event of events) if (event.event === "scenario:sip-message") this.addMessage(event);
  }

  arrow(id: number): Arrow | undefined {
    return this.byId.get(id);
  }

  /** Addresses at the end of arrows that are no instance's, in the order of their first arrow. */
  strangers(): string[] {
    return [...this.uses.keys()];
  }

  private addMessage(event: SipMessageEvent): void {
    const here = event.instanceId ?? event.localAddress;
    if (event.instanceId !== null) {
      if (!this.addresses.has(here)) this.addresses.set(here, event.localAddress);
      this.claim(event.localAddress, here);
    }
    const [near, far] =
      event.direction === "sent" ? (["source", "target"] as const) : (["target", "source"] as const);
    let arrow = this.byId.get(event.firstSeq);
    if (arrow === undefined) {
      arrow = {
        id: event.firstSeq,
        first: event,
        sights: [],
        source: "",
        target: "",
        sent: 0,
        received: 0,
        sender: null,
        receiver: null,
        far: {},
      };
      this.byId.set(arrow.id, arrow);
      this.arrows.push(arrow);
      for (const end of ["source", "target"] as const)
        if (end === far) this.guess(arrow, end, event.remoteAddress);
        else this.guess(arrow, end, here);
    }
    arrow.sights.push(event);
    arrow[event.direction] += 1;
    const seenBy = near === "source" ? "sender" : "receiver";
    if (event.instanceId !== null && arrow[seenBy] === null) {
      arrow[seenBy] = here;
      this.lead(arrow, near, here);
    }
    const other = far === "source" ? arrow.sender : arrow.receiver;
    // A far end has a port of its own where a stream or a NAT lies between: now it shows whose it is.
    if (other !== null) this.claim(event.remoteAddress, other);
    const opposite = arrow.far[event.direction === "sent" ? "received" : "sent"];
    if (opposite !== undefined && event.instanceId !== null) this.claim(opposite, here);
    arrow.far[event.direction] ??= event.remoteAddress;
  }

  /** Lead an end to the owner of an address, or to the address as long as it has none. */
  private guess(arrow: Growing, end: End, address: string): void {
    const owner = this.owners.get(address);
    arrow[end] = owner ?? address;
    if (owner !== undefined || this.addresses.has(address)) return;
    this.uses.set(address, (this.uses.get(address) ?? 0) + 1);
    const waiting = this.open.get(address);
    if (waiting === undefined) this.open.set(address, [{ arrow, end }]);
    else waiting.push({ arrow, end });
  }

  private lead(arrow: Growing, end: End, key: string): void {
    const before = arrow[end];
    if (before === key) return;
    arrow[end] = key;
    this.moves++;
    const uses = this.uses.get(before);
    if (uses === undefined) return;
    if (uses === 1) {
      this.uses.delete(before);
      this.leavers += 2;
    } else this.uses.set(before, uses - 1);
  }

  private claim(address: string, key: string): void {
    if (this.owners.has(address)) return;
    this.owners.set(address, key);
    for (const { arrow, end } of this.open.get(address) ?? []) {
      const seen = end === "source" ? arrow.sender : arrow.receiver;
      if (seen === null) this.lead(arrow, end, key);
    }
    this.open.delete(address);
  }
}

/** How many of these arrows had begun when the event `seq` had come. */
export function countUntil(arrows: readonly { readonly id: number }[], seq: number): number {
  let [low, high] = [0, arrows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((arrows[middle]?.id ?? Infinity) <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
