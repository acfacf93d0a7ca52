import type { Place } from "@/core/document/edit";
import { NODE_SIZE } from "@/core/document/read";
import { titleOf } from "@/core/run/state";
import type { RunView } from "@/features/run/store";
import type { CanvasNode, StepNode, WireEdge } from "./graph";
import { type Colors, type Look, paintSprite, SPRITE_MARGIN } from "./looks";
import { pathOf, wireState, type WireState } from "./wires";

/** What is to be seen besides nodes and wires themselves. */
export interface Scene {
  nodes: readonly CanvasNode[];
  edges: readonly WireEdge[];
  run: Pick<RunView, "view" | "state" | "recording">;
  /** Where nodes are that are not where they stand, being dragged. */
  carried: ReadonlyMap<string, Place>;
  /** The wire that a node would be dropped on, or that the mouse is at. */
  litWire: string | null;
  ringOf: (node: StepNode) => Look["ring"];
  problemOf: (id: string) => Look["problem"];
  isPale: (id: string) => boolean;
}

export interface View {
  transform: readonly [x: number, y: number, zoom: number];
  width: number;
  height: number;
}

interface WireLook {
  branch: "success" | "failure";
  state: WireState;
  change: string | null;
  isChosen: boolean;
}

/** What has passed along a wire just now, and the corners of that. */
interface Pulse {
  text: string;
  line: readonly number[];
}

const HEAD = 10;
const WIDTHS = { none: 1.75, taken: 3, now: 5 } as const;
const LEAST_PX = { none: 1, taken: 1.6, now: 2.4 } as const;
const NO_ROUNDING = 0;

/**
 * Paints the scenario as it looks from afar. Hundreds of nodes are stamps, one for each look, and wires of one look
 * are one line, so that a whole picture takes a few milliseconds: 500 nodes and 600 wires on a processor without a
 * graphics card.
 */
export class Painter {
  private sprites = new Map<string, ImageBitmap>();
  private spritesAre = "";
  private readonly colors = new Map<string, string>();
  private readonly lines = new WeakMap<WireEdge, { ends: string; points: readonly number[] }>();

  constructor(private readonly canvas: HTMLCanvasElement) {}

  /** The colours may be others from now on. */
  forgetColors(): void {
    this.colors.clear();
    this.spritesAre = "";
  }

  paint(scene: Scene, { transform: [x, y, zoom], width, height }: View): void {
    const brush = this.canvas.getContext("2d");
    if (brush === null) return;
    const density = window.devicePixelRatio;
    const [across, down] = [Math.round(width * density), Math.round(height * density)];
    if (this.canvas.width !== across || this.canvas.height !== down) {
      this.canvas.width = across;
      this.canvas.height = down;
    } else brush.clearRect(0, 0, across, down);
    const scale = zoom * density;
    const at = { x: x * density, y: y * density, scale };
    this.paintNotes(brush, scene, at);
    const pulses = this.paintWires(brush, scene, at, density);
    this.paintSteps(brush, scene, at, density);
    this.paintPulses(brush, pulses, at, density);
  }

  private paintNotes(
    brush: CanvasRenderingContext2D,
    { nodes, carried }: Scene,
    { x, y, scale }: Spot,
  ): void {
    for (const node of nodes) {
      if (node.type !== "note") continue;
      const place = carried.get(node.id) ?? node.position;
      brush.fillStyle = this.color("note-fill");
      brush.strokeStyle = this.color(node.selected === true ? "accent" : "note-edge");
      const box = [
        Math.round(place.x * scale + x) + 0.5,
        Math.round(place.y * scale + y) + 0.5,
        Math.round((node.width ?? 0) * scale),
        Math.round((node.height ?? 0) * scale),
      ] as const;
      brush.lineWidth = node.selected === true ? 2 : 1;
      brush.fillRect(...box);
      brush.strokeRect(...box);
    }
  }

  private paintSteps(
    brush: CanvasRenderingContext2D,
    scene: Scene,
    { x, y, scale }: Spot,
    density: number,
  ): void {
    const are = `${scale} ${density}`;
    if (this.spritesAre !== are) this.sprites = new Map();
    this.spritesAre = are;
    const { width, height } = brush.canvas;
    const margin = SPRITE_MARGIN * density;
    const [wide, high] = [NODE_SIZE.width * scale + margin, NODE_SIZE.height * scale + margin];
    for (const node of scene.nodes) {
      if (node.type !== "step") continue;
      const place = scene.carried.get(node.id) ?? node.position;
      const [left, top] = [
        Math.round(place.x * scale + x - margin),
        Math.round(place.y * scale + y - margin),
      ];
      if (left > width || top > height || left + wide + margin < 0 || top + high + margin < 0) continue;
      brush.drawImage(this.spriteOf(lookOf(node, scene), scale, density), left, top);
    }
  }

  private spriteOf(look: Look, scale: number, density: number): ImageBitmap {
    const key = Object.values(look).join(" ");
    let sprite = this.sprites.get(key);
    if (sprite === undefined) {
      sprite = paintSprite(look, scale, density, this.color);
      this.sprites.set(key, sprite);
    }
    return sprite;
  }

  private paintWires(brush: CanvasRenderingContext2D, scene: Scene, spot: Spot, density: number): Pulse[] {
    const places = new Map(scene.nodes.map(({ id, position }) => [id, scene.carried.get(id) ?? position]));
    const groups = new Map<string, { look: WireLook; lines: (readonly number[])[] }>();
    const pulses: Pulse[] = [];
    for (const edge of scene.edges) {
      const [source, target] = [places.get(edge.source), places.get(edge.target)];
      if (source === undefined || target === undefined) continue;
      const look = wireLookOf(edge, scene);
      const key = Object.values(look).join(" ");
      const group = groups.get(key) ?? { look, lines: [] };
      const line = this.lineOf(edge, source, target);
      group.lines.push(line);
      groups.set(key, group);
      const text = look.state === "now" ? messageOf(scene.run, edge.source) : null;
      if (text !== null) pulses.push({ text, line });
    }
    for (const { look, lines } of groups.values()) this.paintGroup(brush, look, lines, spot, density);
    return pulses;
  }

  /** What has just passed along a wire, in letters that can be read, where there is room for them. */
  private paintPulses(
    brush: CanvasRenderingContext2D,
    pulses: readonly Pulse[],
    { x, y, scale }: Spot,
    density: number,
  ): void {
    brush.font = `600 ${11 * density}px ${getComputedStyle(this.canvas).fontFamily}`;
    brush.textAlign = "center";
    brush.textBaseline = "middle";
    const high = 18 * density;
    for (const { text, line } of pulses) {
      const [left = 0, top = 0] = line;
      const middle = ((left + (line.at(-2) ?? 0)) / 2) * scale + x;
      const at = ((top + (line.at(-1) ?? 0)) / 2) * scale + y;
      const wide = brush.measureText(text).width + 14 * density;
      if (wide > NODE_SIZE.width * scale) continue; // it would cover its neighbours
      brush.fillStyle = this.color("raised");
      brush.strokeStyle = this.color("running");
      brush.lineWidth = density;
      brush.beginPath();
      brush.roundRect(middle - wide / 2, at - high / 2, wide, high, high / 2);
      brush.fill();
      brush.stroke();
      brush.fillStyle = this.color("text");
      brush.fillText(text, middle, at);
    }
  }

  private paintGroup(
    brush: CanvasRenderingContext2D,
    { branch, state, change, isChosen }: WireLook,
    lines: readonly (readonly number[])[],
    spot: Spot,
    density: number,
  ): void {
    const strength = change === "added" || isChosen ? "taken" : state;
    const width = Math.max(WIDTHS[strength] * spot.scale, LEAST_PX[strength] * density);
    brush.lineJoin = "round";
    brush.globalAlpha = change === "removed" ? 0.6 : 1;
    brush.beginPath();
    for (const line of lines) trace(brush, line, spot);
    if (isChosen) {
      brush.lineWidth = width + 4 * density;
      brush.strokeStyle = this.color("accent-soft");
      brush.stroke();
    }
    brush.lineWidth = width;
    brush.strokeStyle = this.color(branch);
    if (change === "removed") brush.setLineDash([density, 3 * density]);
    else if (branch === "failure") brush.setLineDash([4 * density, 2 * density]);
    brush.stroke();
    brush.setLineDash([]);
    brush.beginPath();
    const size = Math.max(HEAD * spot.scale, 3 * density);
    for (const line of lines) traceHead(brush, line, spot, size);
    brush.fillStyle = this.color(branch);
    brush.fill();
    brush.globalAlpha = 1;
  }

  /** The corners of a wire. */
  private lineOf(edge: WireEdge, source: Place, target: Place): readonly number[] {
    const ends = `${source.x} ${source.y} ${target.x} ${target.y}`;
    const known = this.lines.get(edge);
    if (known?.ends === ends) return known.points;
    const path = pathOf(source, target, edge.data?.branch ?? "success", NO_ROUNDING);
    const points = withoutRepeats((path.match(/-?\d+(\.\d+)?/g) ?? []).map(Number));
    this.lines.set(edge, { ends, points });
    return points;
  }

  private readonly color: Colors = (name) => {
    let color = this.colors.get(name);
    if (color === undefined) {
      color = getComputedStyle(this.canvas).getPropertyValue(`--${name}`).trim();
      this.colors.set(name, color);
    }
    return color;
  };
}

/** Where the canvas's origin is on the picture, and how large a pixel of it is there; in device pixels. */
interface Spot {
  x: number;
  y: number;
  scale: number;
}

function lookOf(node: StepNode, { run, ringOf, problemOf, isPale }: Scene): Look {
  const { id, selected, data } = node;
  const { type } = data.node;
  return {
    kind: type === "sipInstance" || type === "event" ? type : "command",
    lane: data.color,
    state: run.view === "none" ? undefined : run.state.nodes.get(id)?.state,
    change: data.change,
    ring: selected === true ? "selected" : ringOf(node),
    problem: problemOf(id),
    isOff: data.node.data.disabled === true,
    isPale: isPale(id),
  };
}

function wireLookOf({ id, source, target, selected, data }: WireEdge, { run, litWire }: Scene): WireLook {
  const branch = data?.branch ?? "success";
  return {
    branch,
    state: wireState(run, source, target, branch),
    change: data?.change ?? null,
    isChosen: selected === true || litWire === id,
  };
}

/** What the node sent, took or received, as its wire is named by it. */
function messageOf({ state, recording }: Scene["run"], nodeId: string): string | null {
  const event = recording.at(state.nodes.get(nodeId)?.message ?? 0);
  return event?.event === "scenario:sip-message" ? titleOf(event) : null;
}

function withoutRepeats(points: readonly number[]): number[] {
  const own: number[] = [];
  for (let at = 0; at + 1 < points.length; at += 2) {
    const [x, y] = [points[at] ?? 0, points[at + 1] ?? 0];
    if (own.at(-2) !== x || own.at(-1) !== y) own.push(x, y);
  }
  return own;
}

const snap = (value: number): number => Math.round(value) + 0.5;

function trace(brush: CanvasRenderingContext2D, points: readonly number[], { x, y, scale }: Spot): void {
  for (let at = 0; at + 1 < points.length; at += 2) {
    const [px, py] = [snap((points[at] ?? 0) * scale + x), snap((points[at + 1] ?? 0) * scale + y)];
    if (at === 0) brush.moveTo(px, py);
    else brush.lineTo(px, py);
  }
}

/** The head of the arrow: wires lead into a node from above. */
function traceHead(
  brush: CanvasRenderingContext2D,
  points: readonly number[],
  { x, y, scale }: Spot,
  size: number,
): void {
  const [px, py] = [snap((points.at(-2) ?? 0) * scale + x), snap((points.at(-1) ?? 0) * scale + y)];
  brush.moveTo(px, py);
  brush.lineTo(px - size / 2, py - size);
  brush.lineTo(px + size / 2, py - size);
}
