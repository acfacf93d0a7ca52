import { expect, it } from "vitest";
import { copyText, paste, readClipboard, withoutSecrets } from "./clipboard";
import type { FlowDocument, FlowNode } from "./types";

const instance = (id: string, data: Record<string, unknown>): FlowNode => ({
  id,
  type: "sipInstance",
  position: { x: 0, y: 0 },
  data,
});
const documentOf = (...nodes: FlowNode[]): FlowDocument => ({ nodes, edges: [] });

it("hands out no password that is not just named", () => {
  const document = documentOf(
    instance("a", { dn: "1001", password: "hunter2" }),
    instance("b", { dn: "1002", password: "${env:SECRET}" }),
  );

  const text = copyText(withoutSecrets(document), ["a", "b"]);

  expect(readClipboard(text)?.nodes.map(({ data }) => data)).toEqual([
    { dn: "1001" },
    { dn: "1002", password: "${env:SECRET}" },
  ]);
});

it("gives what is pasted ids of its own, and keeps its wires among themselves", () => {
  const copied: FlowDocument = {
    nodes: [instance("a", {}), { ...instance("call", { sipInstanceId: "a" }), type: "command" }],
    edges: [{ id: "e", source: "a", target: "call", sourceHandle: "success" }],
  };

  const [document, ids] = paste(copied, copied, { offset: { x: 40, y: 40 } });

  expect(new Set(document.nodes.map(({ id }) => id)).size).toBe(4);
  expect(document.edges[1]).toMatchObject({ source: ids[0], target: ids[1] });
  expect(document.nodes[3]?.data.sipInstanceId).toBe(ids[0]);
});

it.each(["", "hello", "[1]", "{", "{}", '{"nodes": 1}', '{"nodes": []}', '{"nodes": [1, {"id": "x"}]}'])(
  "takes no text that holds no nodes: %j",
  (text) => expect(readClipboard(text)).toBeNull(),
);
