import { closesCircle } from "@/core/document/circles";
import { wireOn } from "@/core/document/edit";
import { canConnect } from "@/core/document/read";
import type { FlowDocument } from "@/core/document/types";
import { useCatalogue } from "@/features/catalogue/store";
import type { Wire } from "@/features/editor/store";

/**
 * Whether a wire may be drawn from here to there. It takes the place of the one in hand, else of the branch's own: a
 * branch that leads somewhere already may be led elsewhere.
 */
export function mayWire(document: FlowDocument, wire: Wire, inHand?: string): boolean {
  const { infoOf } = useCatalogue.getState();
  const except = inHand ?? wireOn(document, wire)?.id;
  return (
    canConnect(document, wire, except) &&
    !closesCircle(document, wire, (node) => infoOf(node)?.steers === "loop", except)
  );
}
