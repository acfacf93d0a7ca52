import { labelOf } from "@/core/ladder/labels";
import type { Svg } from "@/core/ladder/export/svg";
import type { Arrow } from "@/core/ladder/model";
import { download } from "@/ui/workspace/files";

const NAME_LENGTH = 60;
/** What browsers draw in one piece. */
const MAX_SIDE = 16_000;
const MAX_AREA = 120_000_000;
const MIN_SCALE = 0.5;
const MAX_SCALE = 2;
/** The browser needs the address until it has begun to save. */
const KEEP_MS = 60_000;

/** A file name out of any text: letters, digits and dashes. */
export function fileName(text: string, ending: string): string {
  const words = Array.from(text.normalize("NFC").replace(/[^\p{L}\p{N}]+/gu, "-")).slice(0, NAME_LENGTH);
  return `${words.join("").replace(/^-+|-+$/g, "") || "sipflow"}.${ending}`;
}

export const messageFileName = ({ first, id }: Arrow): string =>
  fileName(`${labelOf(first).name} ${first.method} ${id}`, "txt");

export function saveText(text: string, name: string, type: string): void {
  saveBlob(new Blob([text], { type: `${type};charset=utf-8` }), name);
}

function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  download(url, name);
  setTimeout(() => URL.revokeObjectURL(url), KEEP_MS);
}

/** How large the picture may be drawn; null where it is too long for one. */
export function scaleOf({ width, height }: Svg): number | null {
  const scale = Math.min(
    MAX_SCALE,
    MAX_SIDE / Math.max(width, height),
    Math.sqrt(MAX_AREA / (width * height)),
  );
  return scale < MIN_SCALE ? null : scale;
}

/** Draw an SVG as a PNG and save it. Raises an error where the browser can't. */
export async function savePng(svg: Svg, scale: number, name: string): Promise<void> {
  const url = URL.createObjectURL(new Blob([svg.text], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(svg.width * scale);
    canvas.height = Math.round(svg.height * scale);
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    if (blob === null) throw new Error("the browser could not draw the picture");
    saveBlob(blob, name);
  } finally {
    URL.revokeObjectURL(url);
  }
}
