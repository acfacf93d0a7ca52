// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test } from "vitest";
import { focusNode, useCanvas } from "./store";

const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

function draw(): HTMLElement {
  document.body.innerHTML = '<input><div class="react-flow__node" data-id="ring" tabindex="0"></div>';
  document.querySelector("input")?.focus();
  return document.querySelector<HTMLElement>(".react-flow__node") ?? document.body;
}

beforeEach(() => {
  globalThis.CSS = { escape: (text: string) => text } as typeof CSS; // jsdom has none
});

afterEach(() => {
  useCanvas.getState().set({ picker: null });
  document.body.innerHTML = "";
});

test("a node is given the keyboard in the next frame", async () => {
  const node = draw();
  focusNode("ring");
  await drawn();
  expect(document.activeElement).toBe(node);
});

test("a list of node types that was opened meanwhile keeps the keyboard", async () => {
  draw();
  focusNode("ring");
  useCanvas.getState().set({ picker: { anchor: { kind: "free" }, at: null, screen: { x: 0, y: 0 } } });
  await drawn();
  expect(document.activeElement).toBe(document.querySelector("input"));
});
