// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import axe from "axe-core";
import { Tooltip } from "radix-ui";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { NodeTypeInfo } from "@/core/catalogue";
import { showTypes } from "@/features/catalogue/store";
import { useEditor } from "@/features/editor/store";
import { useWorkspace } from "@/features/workspace/store";
import { focusNode } from "@/ui/canvas/store";
import { startLanguage } from "@/ui/i18n";
import { Outline } from "./Outline";
import { Palette } from "./Palette";

// A page without a browser is slow to look through.
vi.setConfig({ testTimeout: 30_000 });

const typeOf = (
  kind: NodeTypeInfo["kind"],
  name: string,
  title: string,
  groupTitle: string,
): NodeTypeInfo => ({
  kind,
  name,
  title,
  icon: "phone",
  group: groupTitle,
  groupTitle,
  doc: `${title}, explained.`,
  opens: null,
  needs: null,
  face: null,
  steers: null,
  ways: {},
  schema: { properties: {} },
});

const show = (content: ReactNode) => render(<Tooltip.Provider>{content}</Tooltip.Provider>);
const names = () => screen.getAllByRole("button").map(({ textContent }) => textContent);
const scenario = () => useEditor.getState().document;

beforeEach(async () => {
  globalThis.ResizeObserver = class {
    observe() {}
    unobserve() {}
    disconnect() {}
  };
  Element.prototype.scrollIntoView = () => {};
  globalThis.CSS = { escape: (text: string) => text } as typeof CSS;
  await startLanguage();
  showTypes([
    typeOf("sipInstance", "sipInstance", "SIP instance", "Instances"),
    typeOf("command", "Dial", "Dial a number", "Calls"),
    typeOf("event", "RUNG", "Wait for ringing", "Calls"),
  ]);
  useWorkspace.setState({ open: { id: "s", projectId: "p", name: "Mine", baseVersion: 1 } });
  useEditor.getState().load({
    nodes: [
      { id: "a", type: "sipInstance", position: { x: 0, y: 0 }, data: { dn: "1001" } },
      { id: "n", type: "command", position: { x: 0, y: 120 }, data: { command: "Dial" } },
    ],
    edges: [{ id: "e", source: "a", target: "n", sourceHandle: "success" }],
  });
});
afterEach(cleanup);

describe("the palette", () => {
  it("shows what answers the search", () => {
    show(<Palette />);
    fireEvent.change(screen.getByRole("searchbox"), { target: { value: "ring" } });
    expect(names()).toEqual(["Wait for ringing"]);
  });

  it("adds the best hit behind the chosen node on Enter", () => {
    show(<Palette />);
    useEditor.getState().select(["n"]);
    const search = screen.getByRole("searchbox");
    fireEvent.change(search, { target: { value: "wait" } });
    fireEvent.keyDown(search, { key: "Enter" });
    const added = scenario().nodes.at(-1);
    expect(added?.data.event).toBe("RUNG");
    expect(scenario().edges.at(-1)).toMatchObject({ source: "n", target: added?.id });
    expect(screen.getByRole("status").textContent).toBe("Wait for ringing added");
  });

  it("is walked through by arrows, from the search and back", () => {
    show(<Palette />);
    const search = screen.getByRole("searchbox");
    search.focus();
    fireEvent.keyDown(search, { key: "ArrowDown" });
    fireEvent.keyDown(document.activeElement ?? search, { key: "ArrowDown" });
    expect(document.activeElement?.textContent).toBe("Dial a number");
    fireEvent.keyDown(document.activeElement ?? search, { key: "Home" });
    fireEvent.keyDown(document.activeElement ?? search, { key: "ArrowUp" });
    expect(document.activeElement).toBe(search);
  });

  it("adds nothing where no scenario is open", () => {
    useWorkspace.setState({ open: null });
    show(<Palette />);
    fireEvent.click(screen.getByRole("button", { name: "Dial a number" }));
    expect(scenario().nodes).toHaveLength(2);
  });

  it("has names for everything", async () => {
    const { container } = show(<Palette />);
    const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
    expect(violations.map(({ id }) => id)).toEqual([]);
  });
});

describe("the outline", () => {
  const lines = () => screen.getAllByRole("treeitem");
  const frame = () => act(() => new Promise((done) => requestAnimationFrame(done)));

  it("chooses on the canvas what is chosen in it", () => {
    show(<Outline />);
    fireEvent.click(lines()[1] as HTMLElement);
    expect(useEditor.getState().selection.nodes).toEqual(["n"]);
    expect(lines()[1]?.getAttribute("aria-selected")).toBe("true");
  });

  it("folds and unfolds a chain by arrows", () => {
    show(<Outline />);
    fireEvent.keyDown(lines()[0] as HTMLElement, { key: "ArrowLeft" });
    expect(lines()).toHaveLength(1);
    fireEvent.keyDown(lines()[0] as HTMLElement, { key: "ArrowRight" });
    expect(lines()).toHaveLength(2);
  });

  it("keeps the keyboard of whoever works in it", async () => {
    show(<Outline />);
    act(() => lines()[0]?.focus());
    focusNode("n");
    await frame();
    expect(document.activeElement).toBe(lines()[1]);
  });

  it("has names for everything", async () => {
    const { container } = show(<Outline />);
    const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
    expect(violations.map(({ id }) => id)).toEqual([]);
  });
});
