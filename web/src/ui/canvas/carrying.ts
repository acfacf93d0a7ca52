import { create } from "zustand";
import type { Place } from "@/core/document/edit";
import type { FlowEdge } from "@/core/document/types";
import { useEditor } from "@/features/editor/store";
import { pathOf } from "./wires";

/** Where the nodes are that are being dragged, for those who draw more than nodes and wires. */
export const useCarried = create<{ places: ReadonlyMap<string, Place> }>(() => ({ places: new Map() }));

interface Carried {
  nodes: ReadonlyMap<string, HTMLElement>;
  /** The wires of these nodes, with the lines that draw each. */
  wires: readonly { edge: FlowEdge; lines: readonly Element[] }[];
  /** Where the nodes at the other ends of the wires stand. */
  standing: ReadonlyMap<string, Place>;
}

let carried: Carried | null = null;

/**
 * Show nodes, and the ends of their wires, elsewhere, in the page itself: among hundreds of nodes a frame has no time
 * for more. The document, and with it React, learns where they are when they are put down.
 */
export function carry(places: ReadonlyMap<string, Place>): void {
  carried ??= pickUp(new Set(places.keys()));
  useCarried.setState({ places });
  const placeOf = (id: string) => places.get(id) ?? carried?.standing.get(id);
  for (const [id, element] of carried.nodes) {
    const place = places.get(id);
    if (place !== undefined) element.style.transform = `translate(${place.x}px,${place.y}px)`;
  }
  for (const { edge, lines } of carried.wires) {
    const [source, target] = [placeOf(edge.source), placeOf(edge.target)];
    if (source === undefined || target === undefined) continue;
    const path = pathOf(source, target, edge.sourceHandle);
    for (const line of lines) line.setAttribute("d", path);
  }
}

export function putDown(): void {
  carried = null;
  useCarried.setState({ places: new Map() });
}

function pickUp(ids: ReadonlySet<string>): Carried {
  const { nodes, edges } = useEditor.getState().document;
  const wires = edges.filter(({ source, target }) => ids.has(source) || ids.has(target));
  const ends = new Set(wires.flatMap(({ source, target }) => [source, target]));
  const find = (kind: "node" | "edge", id: string) =>
    document.querySelector<HTMLElement>(`.react-flow__${kind}[data-id="${CSS.escape(id)}"]`);
  return {
    nodes: new Map(
      [...ids].flatMap((id) => {
        const element = find("node", id);
        return element === null ? [] : [[id, element] as const];
      }),
    ),
    wires: wires.map((edge) => ({
      edge,
      lines: [...(find("edge", edge.id)?.querySelectorAll("path") ?? [])],
    })),
    standing: new Map(nodes.filter(({ id }) => ends.has(id)).map(({ id, position }) => [id, position])),
  };
}
