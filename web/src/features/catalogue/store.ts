import { create } from "zustand";
import { listNodeTypes, listTexts } from "@/api/catalogue";
import type { NodeTypeInfo } from "@/core/catalogue";
import { typeNameOf } from "@/core/document/read";
import type { FlowNode } from "@/core/document/types";
import * as face from "@/core/face";
import { asItCame, type Tell, teller } from "@/core/run/sayings";
import { language } from "@/features/settings/language";

/** What the server has words for, in the chosen language: its node types, in the palette's order, and what runs tell. */
export interface Catalogue {
  types: readonly NodeTypeInfo[];
  tell: Tell;
  find: (kind: string, name: string) => NodeTypeInfo | undefined;
  infoOf: (node: FlowNode) => NodeTypeInfo | undefined;
  /** What people call a node: its own label, else its type's title. */
  titleOf: (node: FlowNode) => string;
  /** What a node shows besides its title: the settings that tell it from others of its type. */
  faceOf: (node: FlowNode) => string;
}

function catalogueOf(types: readonly NodeTypeInfo[]): Omit<Catalogue, "tell"> {
  const byName = new Map(types.map((type) => [`${type.kind} ${type.name}`, type]));
  const infoOf = (node: FlowNode) => byName.get(`${node.type} ${typeNameOf(node)}`);
  return {
    types,
    find: (kind, name) => byName.get(`${kind} ${name}`),
    infoOf,
    titleOf: (node) => face.titleOf(node, infoOf(node)),
    faceOf: (node) => face.faceOf(node, infoOf(node)),
  };
}

export const useCatalogue = create<Catalogue>()(() => ({ ...catalogueOf([]), tell: asItCame }));

/** Show these types. */
export const showTypes = (types: readonly NodeTypeInfo[]): void => useCatalogue.setState(catalogueOf(types));

const RETRY_MS = 2_000;

/** Load types and texts in the chosen language, again where another is chosen; the returned function ends it. */
export function followCatalogue(): () => void {
  let retry: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const load = async (chosen: string): Promise<void> => {
    clearTimeout(retry);
    try {
      const [types, texts] = await Promise.all([listNodeTypes(chosen), listTexts(chosen)]);
      if (isOver || chosen !== language.current()) return;
      showTypes(types);
      useCatalogue.setState({ tell: teller(texts) });
    } catch {
      // Whoever opens a scenario is told that the server is away; the types come as soon as it is back.
      if (!isOver) retry = setTimeout(() => void load(language.current()), RETRY_MS);
    }
  };
  void load(language.current());
  const unsubscribe = language.subscribe((chosen) => void load(chosen));
  return () => {
    isOver = true;
    clearTimeout(retry);
    unsubscribe();
  };
}
