import type { LucideIcon } from "lucide-react";
import type { NodeTypeInfo } from "@/core/catalogue";
import type { FlowNode } from "@/core/document/types";
import { useCatalogue } from "@/features/catalogue/store";
import { iconNamed } from "@/ui/kit/nodeIcons";

/** What a node shows: its name, and below it what it is about and, where its name is its own, what it is. */
export interface Face {
  title: string;
  about: string;
  type: string;
  Icon: LucideIcon;
  ways: NodeTypeInfo["ways"] | undefined;
}

export function useFace(node: FlowNode): Face {
  const { infoOf, titleOf, faceOf } = useCatalogue();
  const info = infoOf(node);
  const title = titleOf(node);
  const type = info?.title ?? "";
  return {
    title,
    about: faceOf(node),
    type: type === title ? "" : type,
    Icon: iconNamed(info?.icon),
    ways: info?.ways,
  };
}
