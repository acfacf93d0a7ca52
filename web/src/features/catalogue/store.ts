import { create } from "zustand";
import { listNodeTypes } from "@/api/catalogue";
import type { NodeTypeInfo } from "@/core/catalogue";
import { typeNameOf } from "@/core/document/read";
import type { FlowNode } from "@/core/document/types";
import * as face from "@/core/face";
import { language } from "@/features/settings/language";

/** The node types that the server knows, in the chosen language and in the palette's order. */
export interface Catalogue {
  types: readonly NodeTypeInfo[];
  find: (kind: string, name: string) => NodeTypeInfo | undefined;
  infoOf: (node: FlowNode) => NodeTypeInfo | undefined;
  /** What people call a node: its own label, else its type's title. */
  titleOf: (node: FlowNode) => string;
  /** What a node shows besides its title: the settings that tell it from others of its type. */
  faceOf: (node: FlowNode) => string;
}

function catalogueOf(types: readonly NodeTypeInfo[]): Catalogue {
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

export const useCatalogue = create<Catalogue>()(() => catalogueOf([]));

/** Show these types. */
export const showTypes = (types: readonly NodeTypeInfo[]): void => useCatalogue.setState(catalogueOf(types));

const RETRY_MS = 2_000;

/** Load the types in the chosen language, again where another is chosen; the returned function ends it. */
export function followCatalogue(): () => void {
  let retry: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const load = async (chosen: string): Promise<void> => {
    clearTimeout(retry);
    try {
      const types = await listNodeTypes(chosen);
      if (!isOver && chosen === language.current()) showTypes(types);
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
