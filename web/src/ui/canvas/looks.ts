import type { Standing } from "@/core/run/state";
import type { Change } from "@/core/versions/diff";
import { NODE_SIZE } from "@/core/document/read";

/** How a node looks from afar: what it is, whose chain it is in and how it stands, by shape and colour alone. */
export interface Look {
  kind: "sipInstance" | "command" | "event";
  lane: string | null;
  state: Standing | undefined;
  change: Change | null;
  ring: "selected" | "found" | "target" | "lit" | null;
  problem: "error" | "warning" | null;
  isOff: boolean;
  isPale: boolean;
}

/** The style sheet's colours, by the names of its variables. */
export type Colors = (name: string) => string;

/** Room around a node for its ring and its sign, in pixels of the screen. */
export const SPRITE_MARGIN = 6;
const RADII = { sipInstance: 8, command: 6, event: 32 } as const;
const EDGES = { running: "running", completed: "success", failed: "failure", stopped: "warning" } as const;
const CHANGES = { added: "success", removed: "failure", changed: "warning", moved: "warning" } as const;
const RINGS = { selected: "accent", found: "event", target: "success", lit: "accent" } as const;
const FILLS = {
  running: "running-fill",
  completed: "completed-fill",
  failed: "failed-fill",
  stopped: "stopped-fill",
} as const;

/** Paint a node with its margin, to be stamped wherever one looks like this. `scale` is in device pixels. */
export function paintSprite(look: Look, scale: number, density: number, colors: Colors): ImageBitmap {
  const margin = SPRITE_MARGIN * density;
  const [width, height] = [NODE_SIZE.width * scale, NODE_SIZE.height * scale];
  const sprite = new OffscreenCanvas(Math.ceil(width + 2 * margin), Math.ceil(height + 2 * margin));
  const brush = sprite.getContext("2d");
  if (brush === null) return sprite.transferToImageBitmap();
  brush.translate(margin, margin);
  brush.globalAlpha = look.isPale ? 0.4 : look.isOff || look.change === "removed" ? 0.6 : 1;
  const state = look.state === "pending" ? undefined : look.state;
  const name = look.kind === "sipInstance" ? "instance" : look.kind;
  const outline = (by: number) => {
    brush.beginPath();
    brush.roundRect(
      -by,
      -by,
      width + 2 * by,
      height + 2 * by,
      Math.min(RADII[look.kind] * scale, height / 2) + by,
    );
  };
  const least = (px: number) => Math.max(px * scale, density);

  outline(0);
  brush.fillStyle = colors(state === undefined ? `${name}-fill` : FILLS[state]);
  brush.fill();
  brush.save();
  brush.clip();
  brush.fillStyle = look.lane ?? colors("line");
  brush.fillRect(0, 0, Math.max(12 * scale, 2.5 * density), height);
  brush.restore();

  brush.lineWidth = least(state === undefined && look.change === null ? 1.5 : 4);
  brush.strokeStyle =
    look.change !== null
      ? colors(CHANGES[look.change])
      : state !== undefined
        ? colors(EDGES[state])
        : look.kind === "sipInstance"
          ? (look.lane ?? colors("line"))
          : colors(`${name}-edge`);
  if (look.isOff || look.change === "removed") brush.setLineDash([3 * density, 2 * density]);
  outline(0);
  brush.stroke();
  brush.setLineDash([]);

  if (look.ring !== null) {
    brush.lineWidth = Math.max(4 * scale, 2 * density);
    brush.strokeStyle = colors(RINGS[look.ring]);
    outline(brush.lineWidth);
    brush.stroke();
  }
  if (look.problem !== null) {
    brush.beginPath();
    brush.arc(width, 0, Math.max(9 * scale, 2.5 * density), 0, 2 * Math.PI);
    brush.fillStyle = colors(look.problem === "error" ? "failure" : "warning");
    brush.fill();
  }
  return sprite.transferToImageBitmap();
}
