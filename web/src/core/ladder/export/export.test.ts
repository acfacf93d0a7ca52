// @vitest-environment jsdom
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusedCall, Script, twoPartyCall } from "@/core/run/fixtures";
import type { RunEvent } from "@/core/run/events";
import { Ladder } from "../ladder";
import { arrangeLanes } from "../lanes";
import { lineOf } from "../labels";
import { NOTHING_HIDDEN } from "../rows";
import type { Mark } from "../streams";
import { eventsOf, sentMessage, word } from "../samples";
import { toMermaid } from "./mermaid";
import { type Picture, pictureOf } from "./picture";
import { pagesOf } from "./pages";
import { toSvg } from "./svg";
import { toText } from "./text";
import { columnsOf } from "./width";

const WORDS = {
  gap: (ms: number) => `${ms} ms without a message`,
  media: () => "media both ways",
  mark: (mark: Mark) =>
    mark.kind === "figures" ? [`loss ${mark.lostPercent}`, `MOS ${mark.mos}`] : [mark.text],
};

function picture(events: readonly RunEvent[], names: readonly string[] = ["Alice", "Bob", "Carol"]): Picture {
  const ladder = new Ladder();
  ladder.take(events);
  const { rows, bars } = ladder.shown(NOTHING_HIDDEN);
  const instances = ["alice", "bob", "carol"].map((id, at) => ({ id, name: names[at] ?? id }));
  const { model } = ladder;
  const { lanes, places } = arrangeLanes(instances, model.addresses, model.strangers(), false);
  const moment = { count: rows.length, seq: Infinity, timeMode: "relative" as const, startedAt: 0 };
  return pictureOf(
    { title: "A & B", rows, bars, streams: ladder.streams.bars, lanes, placeOf: places, ...moment },
    WORDS,
  );
}

const messagesOf = ({ lines }: Picture) => lines.flatMap((line) => (line.kind === "message" ? [line] : []));
const parsed = (svg: string) => new DOMParser().parseFromString(svg, "image/svg+xml");
const decoded = (text: string) =>
  text.replace(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));

describe("pages of a ladder", () => {
  it("have every line once, in order, and bars that go on from one to the next", () => {
    const whole = picture(twoPartyCall().events);
    const pages = pagesOf(whole, 3);
    expect(pages.flatMap(({ lines }) => lines)).toEqual(whole.lines);
    const [bar] = whole.bars;
    const parts = pages.flatMap(({ bars, lines }) =>
      bars
        .filter(({ kind, at }) => kind === bar?.kind && at === bar.at)
        .map(({ from, to, isOpen }) => ({ isBegun: from < 0, isOpen, isWithin: to < lines.length })),
    );
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map(({ isBegun }) => isBegun)).toEqual(parts.map((_, place) => place > 0));
    expect(parts.map(({ isOpen }) => isOpen)).toEqual(parts.map((_, place) => place < parts.length - 1));
    expect(parts.every(({ isWithin }) => isWithin)).toBe(true);
  });
});

const made = fc.array(sentMessage, { maxLength: 25 }).map((sent) => picture(eventsOf(sent)));

describe("a picture of a ladder", () => {
  it("has every arrow of the model, in its order and as often folded", () => {
    fc.assert(
      fc.property(fc.array(sentMessage, { maxLength: 25 }), (sent) => {
        const events = eventsOf(sent);
        const ladder = new Ladder();
        ladder.take(events);
        expect(messagesOf(picture(events)).map(({ text }) => text)).toEqual(
          ladder.model.arrows.map((arrow) => lineOf(arrow)),
        );
      }),
    );
  });
});

describe("the SVG", () => {
  it("is well formed and holds the same messages, whatever words they bring", () => {
    fc.assert(
      fc.property(made, (one) => {
        const document = parsed(toSvg(one).text);
        expect(document.querySelector("parsererror")).toBe(null);
        const drawn = [...document.querySelectorAll("g.message")].map((group) => [
          Number(group.getAttribute("data-from")),
          Number(group.getAttribute("data-to")),
          group.querySelector(".label")?.textContent,
        ]);
        expect(drawn).toEqual(messagesOf(one).map(({ from, to, text }) => [from, to, text]));
      }),
    );
  });

  it("holds nothing but shapes and words", () => {
    fc.assert(
      fc.property(made, fc.array(word, { minLength: 3, maxLength: 3 }), (one, names) => {
        const lanes = one.lanes.map(({ address }, at) => ({ address, name: names[at % 3] ?? "" }));
        const kinds = new Set(
          [...parsed(toSvg({ ...one, lanes: harmless(lanes) }).text).querySelectorAll("*")].map(
            (node) => node.tagName,
          ),
        );
        for (const kind of kinds)
          expect(["svg", "title", "rect", "line", "text", "path", "g"]).toContain(kind);
      }),
    );
  });

  it("has the bars of calls and of streams, as on the screen, and what stands beside them", () => {
    const described = { raw: "", note: "sendrecv" };
    const script = new Script()
      .message("alice", "bob", { method: "INVITE", statusCode: null, reason: null, ...described })
      .message("bob", "alice", { method: "INVITE", statusCode: 200, reason: "OK", ...described })
      .media("alice", "stream-started", "", { values: { codec: "PCMU", direction: "sendrecv" } })
      .media("alice", "stream-changed", "", { values: { codec: "PCMU", direction: "sendonly" } })
      .media("alice", "dtmf", "", { values: { digits: "5#" } })
      .media("alice", "stream-stopped", "")
      .media("alice", "statistics", "", { figures: { packetsReceived: 95, lost: 5, mos: 3.2 } });
    const svg = parsed(toSvg(picture(script.events)).text);
    const bars = (kind: string) =>
      [...svg.querySelectorAll(`rect.${kind}`)].map((bar) => {
        const [x, y, height] = ["x", "y", "height"].map((name) => Number(bar.getAttribute(name)));
        return { flow: bar.getAttribute("data-flow"), x, y, height };
      });
    const [begun, held] = bars("stream");
    expect([begun?.flow, held?.flow]).toEqual(["both", "forward"]);
    expect(held?.y).toBe((begun?.y ?? 0) + (begun?.height ?? 0));
    expect(bars("call").map(({ flow }) => flow)).toEqual(["both", "both"]);
    expect([...svg.querySelectorAll(".mark")].map(({ textContent }) => textContent)).toEqual([
      "PCMU ⇄",
      "PCMU →",
      "5#",
      "loss 5",
      "MOS 3.2",
    ]);
  });

  it("is as wide as its widest line", () => {
    const { width } = toSvg(picture(refusedCall().events));
    expect(width).toBeGreaterThan(72 + 96 + 180);
  });
});

const harmless = (lanes: Picture["lanes"]) =>
  lanes.map(({ name, address }) => ({ address, name: name.replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, "?") }));

describe("the text", () => {
  it("has one line for every line of the ladder, and every message's words on its own", () => {
    fc.assert(
      fc.property(made, (one) => {
        const lines = toText(one).split("\n");
        // Title, an empty line, names, addresses, a line of rails; at the end rails and nothing.
        expect(lines).toHaveLength(one.lines.length + 7);
        for (const [at, line] of one.lines.entries()) expect(lines[at + 5]).toContain(line.text.trimEnd());
      }),
    );
  });

  it("lets an arrow end at the lane it goes to", () => {
    const one = picture(twoPartyCall().events);
    const lines = toText(one).split("\n");
    const rails = [...(lines[4] ?? "").matchAll(/\|/g)].map(({ index }) => index);
    for (const [at, line] of one.lines.entries()) {
      if (line.kind !== "message") continue;
      const to = rails[line.to] ?? 0;
      const head = line.to > line.from ? (lines[at + 5] ?? "")[to - 1] : (lines[at + 5] ?? "")[to + 1];
      expect(head).toBe(line.to > line.from ? ">" : "<");
    }
  });

  it("counts two columns for a letter of Hangul and none for an accent", () => {
    expect(["통화", "e\u0301", "INVITE"].map(columnsOf)).toEqual([4, 1, 6]);
  });
});

describe("the Mermaid diagram", () => {
  it("has one statement for every lane and line, with the same messages", () => {
    fc.assert(
      fc.property(made, (one) => {
        const [head, ...lines] = toMermaid(one).trimEnd().split("\n");
        expect(head).toBe("sequenceDiagram");
        expect(lines).toHaveLength(one.lanes.length + one.lines.length);
        const messages = lines.flatMap((line) => {
          const match = /^ {4}p(\d+)--?>>p(\d+): (.+)$/u.exec(line);
          return match === null ? [] : [[Number(match[1]), Number(match[2]), decoded(match[3] ?? "")]];
        });
        expect(messages).toEqual(
          messagesOf(one).map(({ from, to, text }) => [from, to, text.trim() === "" ? "\u00a0" : text]),
        );
      }),
    );
  });

  it("has no word with a meaning of its own but those that it writes itself", () => {
    fc.assert(
      fc.property(made, (one) => {
        for (const line of toMermaid(one).split("\n")) {
          expect(line).not.toMatch(/%|\bend\b|[\r\u2028]/i);
          expect(line.replace(/#\d+;/g, "").replace("<br/>", "")).not.toMatch(/[;#<]/);
        }
      }),
    );
  });
});
