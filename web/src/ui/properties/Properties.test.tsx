// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import axe from "axe-core";
import { Tooltip } from "radix-ui";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { NodeTypeInfo } from "@/core/catalogue";
import { showTypes } from "@/features/catalogue/store";
import { undo, useEditor } from "@/features/editor/store";
import { useFocus } from "@/features/focus/store";
import { showFindings } from "@/features/problems/store";
import { useRun } from "@/features/run/store";
import { useWorkspace } from "@/features/workspace/store";
import { startLanguage } from "@/ui/i18n";
import { Properties } from "./Properties";

// A page without a browser is slow to look through.
vi.setConfig({ testTimeout: 30_000 });

const DIAL: NodeTypeInfo = {
  kind: "command",
  name: "Dial",
  title: "Dial a number",
  icon: "phone",
  group: "call",
  groupTitle: "Calls",
  doc: "Dials.",
  opens: "caller",
  needs: null,
  face: null,
  steers: null,
  ways: {},
  schema: {
    $defs: { Mode: { enum: ["fast", "slow"] } },
    required: ["to"],
    properties: {
      to: { title: "To", description: "Whom to dial.", "x-kind": "sip-uri" },
      wait: { title: "Wait", default: 30_000, "x-kind": "milliseconds" },
      mode: { title: "Mode", $ref: "#/$defs/Mode", default: "fast", "x-kind": "choice" },
      patience: { title: "Patience", default: 3, "x-shown-when": { field: "mode", is: ["slow"] } },
      loop: { title: "Loop", default: false, "x-kind": "boolean" },
      headers: { title: "Headers", default: [], "x-kind": "headers" },
      codecs: { title: "Codecs", default: ["PCMU", "PCMA"], "x-kind": "codecs" },
      secret: { title: "Secret", default: "", "x-kind": "password" },
      colour: { title: "Colour", default: "", "x-kind": "colour" },
    },
  },
};
const INSTANCE: NodeTypeInfo = {
  ...DIAL,
  kind: "sipInstance",
  name: "sipInstance",
  schema: { properties: {} },
};

const dataOf = (id: string) => useEditor.getState().document.nodes.find((node) => node.id === id)?.data;
const type = (label: RegExp | string, text: string) => {
  const field = screen.getByLabelText(label);
  fireEvent.focus(field);
  for (let end = 1; end <= text.length; end++)
    fireEvent.change(field, { target: { value: text.slice(0, end) } });
  fireEvent.blur(field);
};

describe("the properties", () => {
  beforeEach(async () => {
    globalThis.ResizeObserver = class {
      observe() {}
      unobserve() {}
      disconnect() {}
    };
    Element.prototype.scrollIntoView = () => {};
    await startLanguage();
    showTypes([DIAL, INSTANCE]);
    showFindings([]);
    useWorkspace.setState({ open: { id: "s", projectId: "p", name: "Mine", baseVersion: 1 } });
    useEditor.getState().load({
      nodes: [
        { id: "a", type: "sipInstance", position: { x: 0, y: 0 }, data: { dn: "1001", label: "Alice" } },
        { id: "b", type: "sipInstance", position: { x: 9, y: 0 }, data: { dn: "1002", label: "Bob" } },
        {
          id: "n",
          type: "command",
          position: { x: 0, y: 9 },
          data: { command: "Dial", to: "{{ var.to }}", wait: "5000", ours: { kept: true } },
        },
      ],
      edges: [{ id: "e", source: "a", target: "n", sourceHandle: "success" }],
    });
    useEditor.getState().select(["n"]);
    render(
      <Tooltip.Provider>
        <Properties />
      </Tooltip.Provider>,
    );
  });
  afterEach(() => {
    cleanup();
    useRun.setState({ document: null });
    useFocus.getState().clear();
  });

  it("show a number that is stored as text", () => {
    expect(screen.getByLabelText<HTMLInputElement>("Wait").value).toBe("5000");
  });

  it("take all typing in a field as one step, and keep what the form does not know", () => {
    type(/^To/, "1002");
    expect(dataOf("n")).toMatchObject({ to: "1002", ours: { kept: true } });
    act(undo);
    expect(dataOf("n")?.to).toBe("{{ var.to }}");
  });

  it("write no default into the document", () => {
    fireEvent.change(screen.getByLabelText("Wait"), { target: { value: "" } });
    expect(Object.keys(dataOf("n") ?? {})).toEqual(["command", "to", "ours"]);
  });

  it("take a time with its unit", () => {
    fireEvent.change(screen.getByLabelText("Wait"), { target: { value: "2 s" } });
    fireEvent.blur(screen.getByLabelText("Wait"));
    expect(dataOf("n")?.wait).toBe(2_000);
  });

  it("offer the numbers of the other instances", () => {
    fireEvent.keyDown(screen.getByLabelText(/^To/), { key: "ArrowDown" });
    expect(screen.getAllByRole("option").map(({ textContent }) => textContent)).toContain("1002Bob");
    fireEvent.keyDown(screen.getByLabelText(/^To/), { key: "ArrowDown" });
    fireEvent.keyDown(screen.getByLabelText(/^To/), { key: "Enter" });
    expect(dataOf("n")?.to).toBe("1002");
  });

  it("take a choice away where the default is chosen", () => {
    const mode = screen.getByLabelText("Mode");
    fireEvent.change(mode, { target: { value: "slow" } });
    expect(dataOf("n")?.mode).toBe("slow");
    fireEvent.change(mode, { target: { value: "" } });
    expect(dataOf("n")).not.toHaveProperty("mode");
  });

  it("show a setting that means nothing here on demand, or once it is set or found fault with", () => {
    const patience = () => screen.queryByLabelText("Patience");
    expect(patience()).toBeNull();
    const more = screen.getByRole("button", { name: "1 more setting" });
    fireEvent.click(more);
    expect(patience()).not.toBeNull();
    fireEvent.click(more);
    expect(patience()).toBeNull();

    fireEvent.change(screen.getByLabelText("Mode"), { target: { value: "slow" } });
    type("Patience", "7");
    fireEvent.change(screen.getByLabelText("Mode"), { target: { value: "" } });
    expect(dataOf("n")).toMatchObject({ patience: "7" });
    fireEvent.change(screen.getByLabelText("Patience"), { target: { value: "" } });
    expect(patience()).not.toBeNull();

    act(() => useEditor.getState().select(["a"]));
    act(() => useEditor.getState().select(["n"]));
    expect(patience()).toBeNull();
    const about = { nodeId: "n", edgeId: null, field: "patience", severity: "error" as const };
    act(() => showFindings([{ ...about, code: "missing", message: "not given" }]));
    expect(patience()).not.toBeNull();
  });

  it("store a header once it has a name or a value", () => {
    fireEvent.click(screen.getByRole("button", { name: "Add a header" }));
    expect(dataOf("n")).not.toHaveProperty("headers");
    fireEvent.change(screen.getByLabelText("Name"), { target: { value: "X-A" } });
    expect(dataOf("n")?.headers).toEqual([["X-A", ""]]);
  });

  it("order codecs", () => {
    fireEvent.click(screen.getByRole("button", { name: "PCMA one earlier" }));
    expect(dataOf("n")?.codecs).toEqual(["PCMA", "PCMU"]);
  });

  it("hide a password until it is asked for", () => {
    const secret = screen.getByLabelText<HTMLInputElement>("Secret");
    expect(secret.type).toBe("password");
    fireEvent.click(screen.getByRole("button", { name: "Show" }));
    expect(secret.type).toBe("text");
  });

  it("show a finding below its field, and mark the field", () => {
    const finding = { nodeId: "n", edgeId: null, code: "missing", severity: "error" as const };
    act(() => showFindings([{ ...finding, field: "to", message: "no value" }]));
    const field = screen.getByLabelText(/^To/);
    expect(field.getAttribute("aria-invalid")).toBe("true");
    const said = field.getAttribute("aria-describedby")?.split(" ") ?? [];
    expect(said.map((id) => document.getElementById(id)?.textContent).join()).toContain("no value");
  });

  it("can only be looked at where a recorded run is shown", () => {
    act(() => useRun.setState({ document: useEditor.getState().document }));
    expect(screen.getByLabelText<HTMLInputElement>(/^To/).readOnly).toBe(true);
    expect(screen.getByLabelText<HTMLSelectElement>("Mode").disabled).toBe(true);
    expect(screen.queryByRole("button", { name: "Add a header" })).toBeNull();
  });

  it("of several nodes say how many, and delete them all", () => {
    act(() => useEditor.getState().select(["b", "n"]));
    expect(screen.getByRole("heading").textContent).toBe("2 chosen");
    fireEvent.click(screen.getByRole("button", { name: "Delete all 2" }));
    expect(useEditor.getState().document.nodes.map(({ id }) => id)).toEqual(["a"]);
  });

  it("of nothing are those of the scenario, with a value for each variable it uses", () => {
    act(() => useEditor.getState().select([]));
    const variables = screen.getByRole("region", { name: "Variables" });
    expect(within(variables).getByLabelText("to")).toBeTruthy();
  });

  it.each([[["n"]], [["a", "b"]], [[]]])("of %j have names for every control", async (ids) => {
    act(() => useEditor.getState().select(ids));
    // What is laid out and coloured is no matter of a page without either.
    const { violations } = await axe.run(document.body, {
      rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
    });
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`)).toEqual([]);
  });
});
