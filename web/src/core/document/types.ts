/** The scenario document as it is stored; keys that we do not know are kept. */
export interface FlowDocument {
  nodes: FlowNode[];
  edges: FlowEdge[];
  /** Remarks on the canvas; the engine does not look at them. */
  notes?: Note[];
  [key: string]: unknown;
}

export interface Note {
  id: string;
  position: { x: number; y: number };
  width: number;
  height: number;
  text: string;
}

export type NodeKind = "sipInstance" | "command" | "event";
export type Branch = "success" | "failure";

export interface FlowNode {
  id: string;
  type: NodeKind;
  position: { x: number; y: number };
  /** Settings by their names in the document; `command` or `event` names the node type. */
  data: Record<string, unknown>;
  [key: string]: unknown;
}

export interface FlowEdge {
  id: string;
  source: string;
  target: string;
  sourceHandle: Branch;
  data?: { branchType?: Branch; [key: string]: unknown };
  [key: string]: unknown;
}
