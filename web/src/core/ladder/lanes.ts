import { typeNameOf } from "@/core/document/read";
import { type FlowDocument, type FlowNode } from "@/core/document/types";
import { printable, shortened } from "@/core/sip/printable";

/** A vertical line of the ladder: an instance of the scenario, or somebody it spoke with. */
export interface Lane {
  /** The instance's id; of somebody else, the address. */
  key: string;
  name: string;
  /** `host:port`; empty where an instance has not spoken yet. */
  address: string;
  isInstance: boolean;
}

export interface Instance {
  id: string;
  name: string;
}

const NAME_LENGTH = 40;
const PBX = "PBX";
/** Source: RFC 3261 §19.1.2. */
const SIP_PORT = 5060;

/** The instances in the document's order, by the names people gave them. */
export function instancesIn(document: FlowDocument): Instance[] {
  return document.nodes
    .filter(({ type }) => type === "sipInstance")
    .map((node) => ({ id: node.id, name: nameOf(node) }));
}

/** The PBXs that instances name by their numeric address: what a host's name leads to is not for us to guess. */
export function pbxsIn(document: FlowDocument): Map<string, string> {
  const found = new Map<string, string>();
  for (const { type, data } of document.nodes) {
    if (type !== "sipInstance" || typeof data.pbxHost !== "string" || data.pbxHost.trim() === "") continue;
    const host = data.pbxHost.trim() === "localhost" ? "127.0.0.1" : data.pbxHost.trim();
    const port = Number(data.pbxPort ?? SIP_PORT) || SIP_PORT;
    found.set(`${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}`, PBX);
  }
  return found;
}

function nameOf(node: FlowNode): string {
  const { id, type, data } = node;
  const kind = typeNameOf(node);
  const name = [data.label, data.dn].find((text) => typeof text === "string" && text.trim() !== "");
  return shortened(printable(typeof name === "string" ? name : kind === type ? id : kind), NAME_LENGTH);
}

/** The host of `host:port`, an IPv6 host in its brackets. */
export function hostOf(address: string): string {
  const colon = address.lastIndexOf(":");
  return colon <= 0 || address.endsWith("]") ? address : address.slice(0, colon);
}

/**
 * Lanes from left to right, and the place of every key. `isMerged` puts all strangers of one host on one lane:
 * over TCP a peer may open every connection from another port. `known` names strangers by their addresses.
 */
export function arrangeLanes(
  instances: readonly Instance[],
  addresses: ReadonlyMap<string, string>,
  strangers: readonly string[],
  isMerged: boolean,
  known: ReadonlyMap<string, string> = new Map(),
): { lanes: Lane[]; places: Map<string, number> } {
  const lanes: Lane[] = [];
  const places = new Map<string, number>();
  const add = (lane: Lane) => {
    if (!places.has(lane.key)) places.set(lane.key, lanes.push(lane) - 1);
  };
  for (const { id, name } of instances)
    add({ key: id, name, address: addresses.get(id) ?? "", isInstance: true });
  for (const [key, address] of addresses)
    if (key !== address)
      add({ key, name: shortened(printable(key), NAME_LENGTH), address, isInstance: true });
  const names = isMerged ? new Map([...known].map(([address, name]) => [hostOf(address), name])) : known;
  for (const address of strangers) {
    const key = isMerged ? hostOf(address) : address;
    const shown = shortened(printable(key), NAME_LENGTH);
    add({ key, name: names.get(key) ?? shown, address: shown, isInstance: false });
    places.set(address, places.get(key) ?? 0);
  }
  return { lanes, places };
}
