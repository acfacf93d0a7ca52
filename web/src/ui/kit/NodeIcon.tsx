import type { LucideProps } from "lucide-react";
import { createElement } from "react";
import { iconNamed } from "./nodeIcons";

/** The icon of a node type, by its name. */
export function NodeIcon({
  name,
  ...look
}: { name: string | undefined } & Pick<LucideProps, "size" | "className">) {
  return createElement(iconNamed(name), { "aria-hidden": true, ...look });
}
