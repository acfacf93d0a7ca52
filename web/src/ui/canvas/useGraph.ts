import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Branch, FlowDocument, FlowEdge, FlowNode } from "@/core/document/types";
import { type Catalogue, useCatalogue } from "@/features/catalogue/store";
import { useShownDocument } from "@/features/editor/shown";
import { useEditor } from "@/features/editor/store";
import { useCompare } from "@/features/workspace/compare";
import { type CanvasNode, drawEdges, drawNodes, type Marks, type Roles, type WireEdge } from "./graph";
import { type Box, NO_BOXES, useCanvas } from "./store";

/** What React Flow is to draw. A change of one node makes one new object; a drag touches what is dragged alone. */
export function useGraph(isFar: boolean): { document: FlowDocument; nodes: CanvasNode[]; edges: WireEdge[] } {
  const { t, i18n } = useTranslation("editor");
  const document = useShownDocument();
  const selection = useEditor((editor) => editor.selection);
  const changedNodes = useCompare((compare) => compare.nodes);
  const changedEdges = useCompare((compare) => compare.edges);
  const catalogue = useCatalogue();
  const boxes = useCanvas((canvas) => canvas.boxes);
  const [drawing] = useState(() => new Drawing());
  const marks = useMemo(() => ({ nodes: changedNodes, edges: changedEdges }), [changedNodes, changedEdges]);

  const drawn = useMemo(
    () => {
      const titles = new Map(document.nodes.map((node) => [node.id, catalogue.titleOf(node)]));
      const words = { titles, catalogue, t };
      const labelOf = (node: FlowNode) => {
        const title = titles.get(node.id) ?? "";
        const type = catalogue.infoOf(node)?.title ?? "";
        const about = catalogue.faceOf(node);
        const off = node.data.disabled === true ? t("disabled") : "";
        return [title, type === title ? "" : type, about, off].filter((part) => part !== "").join(", ");
      };
      const types = new Map(document.nodes.map((node) => [node.id, catalogue.infoOf(node)]));
      const wireLabelOf = (source: string, target: string, branch: Branch) => {
        const label = t(branch === "failure" ? "failureWire" : "successWire", {
          from: titles.get(source) ?? source,
          to: titles.get(target) ?? target,
        });
        const way = types.get(source)?.ways[branch];
        return way === undefined ? label : `${label}: ${way}`;
      };
      const roles = { node: t("node"), note: t("note"), wire: t("wire") };
      return drawing.of(document, selection, marks, labelOf, wireLabelOf, roles, isFar, words);
    },
    // The words follow the language.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [document, selection, marks, catalogue, drawing, isFar, t, i18n.language],
  );
  const nodes = useMemo(() => place(drawn.nodes, boxes), [drawn.nodes, boxes]);
  return { document, nodes, edges: drawn.edges };
}

/** What labels are made of, besides nodes and wires. */
interface Words {
  titles: ReadonlyMap<string, string>;
  catalogue: Catalogue;
  t: unknown;
}

/** Remembers what was drawn last, so that whatever is the same stays the same object. */
class Drawing {
  private nodes = new Map<string, CanvasNode>();
  private edges = new Map<string, WireEdge>();
  private words: Words | null = null;

  of(
    document: FlowDocument,
    selection: { nodes: readonly string[]; edges: readonly string[] },
    marks: Marks,
    labelOf: (node: FlowNode) => string,
    wireLabelOf: (source: string, target: string, branch: Branch) => string,
    roles: Roles,
    isFar: boolean,
    words: Words,
  ): { nodes: CanvasNode[]; edges: WireEdge[] } {
    // To put hundreds of labels together takes longer than all else here: those that can't differ are kept.
    const before = this.words?.catalogue === words.catalogue && this.words.t === words.t ? this.words : null;
    this.words = words;
    const nodeLabel = (node: FlowNode): string => {
      const old = before === null ? undefined : this.nodes.get(node.id);
      return old?.type === "step" && old.data.node === node ? (old.ariaLabel ?? "") : labelOf(node);
    };
    const wireLabel = ({ id, source, target, sourceHandle }: FlowEdge): string => {
      const old = before === null ? undefined : this.edges.get(id);
      const isSame =
        old?.source === source &&
        old.target === target &&
        old.sourceHandle === sourceHandle &&
        before?.titles.get(source) === words.titles.get(source) &&
        before?.titles.get(target) === words.titles.get(target);
      return isSame ? (old.ariaLabel ?? "") : wireLabelOf(source, target, sourceHandle);
    };
    const nodes = drawNodes(document, new Set(selection.nodes), marks, nodeLabel, roles, isFar, this.nodes);
    const edges = drawEdges(document, new Set(selection.edges), marks, wireLabel, roles, this.edges);
    this.nodes = new Map(nodes.map((node) => [node.id, node]));
    this.edges = new Map(edges.map((edge) => [edge.id, edge]));
    return { nodes, edges };
  }
}

/** The nodes where they are dragged to. */
function place(nodes: CanvasNode[], boxes: ReadonlyMap<string, Box>): CanvasNode[] {
  if (boxes === NO_BOXES) return nodes;
  return nodes.map((node) => {
    const box = boxes.get(node.id);
    if (box === undefined) return node;
    const { position = node.position, width = node.width, height = node.height } = box;
    const size =
      width === undefined || height === undefined ? {} : { width, height, measured: { width, height } };
    return { ...node, position, ...size, dragging: box.dragging ?? false };
  });
}
