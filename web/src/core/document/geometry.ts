import type { Place } from "./edit";
import { NODE_SIZE } from "./read";
import type { FlowDocument, FlowEdge, FlowNode } from "./types";

/** Where things stand, and what is near what. */

export type Direction = "up" | "down" | "left" | "right";

/** How far a dragged node is drawn to the line of another, in pixels of the canvas. */
const PULL = 7;
const NEAR_WIRE = 36;

const middle = ({ position }: FlowNode): Place => ({
  x: position.x + NODE_SIZE.width / 2,
  y: position.y + NODE_SIZE.height / 2,
});

/**
 * The node that an arrow key leads to: down and up along the wires, success before failure; right along the
 * failure branch; else the nearest one on that side. `among` limits where it may lead, and then wires do not count.
 */
export function neighbour(
  document: FlowDocument,
  from: string,
  direction: Direction,
  among?: ReadonlySet<string>,
): string | null {
  const own = document.nodes.find(({ id }) => id === from);
  if (own === undefined) return document.nodes[0]?.id ?? null;
  const along = among === undefined ? alongWire(document.edges, from, direction) : undefined;
  if (along !== undefined) return along;
  const start = middle(own);
  let best: string | null = null;
  let least = Infinity;
  for (const node of document.nodes) {
    if (node.id === from || among?.has(node.id) === false) continue;
    const there = middle(node);
    const [dx, dy] = [there.x - start.x, there.y - start.y];
    const ahead = { up: -dy, down: dy, left: -dx, right: dx }[direction];
    const aside = direction === "up" || direction === "down" ? Math.abs(dx) : Math.abs(dy);
    const cost = ahead + 2 * aside;
    if (ahead > 0 && cost < least) [best, least] = [node.id, cost];
  }
  return best;
}

function alongWire(edges: readonly FlowEdge[], from: string, direction: Direction): string | undefined {
  const out = (branch: string) =>
    edges.find(({ source, sourceHandle }) => source === from && sourceHandle === branch)?.target;
  switch (direction) {
    case "down":
      return out("success") ?? out("failure");
    case "right":
      return out("failure");
    case "up":
      return edges.find(({ target }) => target === from)?.source;
    case "left":
      return edges.find(({ target, sourceHandle }) => target === from && sourceHandle === "failure")?.source;
  }
}

export interface Bounds extends Place {
  width: number;
  height: number;
}

/** All that nodes and notes cover; null where there are none. */
export function boundsOf({ nodes, notes = [] }: FlowDocument): Bounds | null {
  const boxes = [...nodes.map(({ position }) => ({ position, ...NODE_SIZE })), ...notes];
  if (boxes.length === 0) return null;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { position, width, height } of boxes) {
    left = Math.min(left, position.x);
    top = Math.min(top, position.y);
    right = Math.max(right, position.x + width);
    bottom = Math.max(bottom, position.y + height);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** The wire that a node dropped at this place (its middle) would come to lie on. */
export function wireAt(document: FlowDocument, at: Place, except?: string): FlowEdge | null {
  const nodes = new Map(document.nodes.map((node) => [node.id, node]));
  let best: FlowEdge | null = null;
  let least = NEAR_WIRE;
  for (const edge of document.edges) {
    const [source, target] = [nodes.get(edge.source), nodes.get(edge.target)];
    if (source === undefined || target === undefined || source.id === except || target.id === except)
      continue;
    const distance = distanceTo(at, outOf(source, edge), {
      x: middle(target).x,
      y: target.position.y,
    });
    if (distance < least) [best, least] = [edge, distance];
  }
  return best;
}

const outOf = (node: FlowNode, { sourceHandle }: FlowEdge): Place => ({
  x: node.position.x + NODE_SIZE.width * (sourceHandle === "failure" ? FAILURE_AT : 0.5),
  y: node.position.y + NODE_SIZE.height,
});

/** Where on its lower edge a node's failure branch leaves it, as a share of the width. */
export const FAILURE_AT = 0.85;

function distanceTo(at: Place, from: Place, to: Place): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const share =
    length === 0 ? 0 : Math.min(Math.max(((at.x - from.x) * dx + (at.y - from.y) * dy) / length, 0), 1);
  return Math.hypot(at.x - from.x - share * dx, at.y - from.y - share * dy);
}

export interface Guides {
  /** Where the node should stand so that it is in line. */
  place: Place;
  /** Lines to show, in coordinates of the canvas. */
  x: number | null;
  y: number | null;
}

/** Draw a place to the line of the nearest other node, across and down, where one is near. */
export function alignTo(place: Place, others: Iterable<Place>): Guides {
  let [x, y]: [number | null, number | null] = [null, null];
  let [nearX, nearY] = [PULL, PULL];
  for (const other of others) {
    const [dx, dy] = [Math.abs(other.x - place.x), Math.abs(other.y - place.y)];
    if (dx < nearX) [x, nearX] = [other.x, dx];
    if (dy < nearY) [y, nearY] = [other.y, dy];
  }
  return { place: { x: x ?? place.x, y: y ?? place.y }, x, y };
}

/** The node beside which something dropped here belongs: the nearest one, if it is near at all. */
export function nearestNode(document: FlowDocument, at: Place): FlowNode | null {
  let best: FlowNode | null = null;
  let least = 1.6 * NODE_SIZE.width;
  for (const node of document.nodes) {
    const there = middle(node);
    const distance = Math.hypot(there.x - at.x, there.y - at.y);
    if (distance < least) [best, least] = [node, distance];
  }
  return best;
}
