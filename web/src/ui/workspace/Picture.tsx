import type { FlowDocument } from "@/core/document/types";

const NODE = { width: 200, height: 64 };
const FILLS = { sipInstance: "var(--text)", command: "var(--command)", event: "var(--event)" };

/** A document as a small picture of its nodes and wires; only for the eye. */
export function Picture({ document }: { document: FlowDocument }) {
  const places = new Map(document.nodes.map((node) => [node.id, node.position]));
  const xs = [...places.values()].map(({ x }) => x);
  const ys = [...places.values()].map(({ y }) => y);
  if (xs.length === 0) return null;
  const [left, top] = [Math.min(...xs) - 20, Math.min(...ys) - 20];
  const width = Math.max(...xs) + NODE.width + 20 - left;
  const height = Math.max(...ys) + NODE.height + 20 - top;
  return (
    <svg aria-hidden viewBox={`${left} ${top} ${width} ${height}`} className="size-full">
      {document.edges.map((edge) => {
        const from = places.get(edge.source);
        const to = places.get(edge.target);
        if (from === undefined || to === undefined) return null;
        return (
          <line
            key={edge.id}
            x1={from.x + NODE.width / 2}
            y1={from.y + NODE.height}
            x2={to.x + NODE.width / 2}
            y2={to.y}
            stroke={edge.sourceHandle === "failure" ? "var(--failure)" : "var(--muted)"}
            strokeDasharray={edge.sourceHandle === "failure" ? "16 10" : undefined}
            strokeWidth={6}
          />
        );
      })}
      {document.nodes.map((node) => (
        <rect
          key={node.id}
          {...node.position}
          {...NODE}
          rx={node.type === "event" ? 32 : 8}
          fill={FILLS[node.type]}
          fillOpacity={node.type === "sipInstance" ? 0.85 : 0.6}
        />
      ))}
    </svg>
  );
}
