import fc from "fast-check";
import { expect, it } from "vitest";
import { commonEnds, compareLines, compareMessages } from "./diff";
import { fullNameOf, parseMessage } from "./message";
import { printable, shortened } from "./printable";
import { parseSdp } from "./sdp";

/** Torture messages of RFC 4475, §3.1.1.1, §3.1.1.2, §3.1.1.4, §3.1.1.7 and §3.1.1.13. */
const torture = import.meta.glob<string>("./fixtures/*.dat", {
  query: "?raw",
  import: "default",
  eager: true,
});
const messageOf = (name: string) => parseMessage(torture[`./fixtures/${name}.dat`] ?? "");

const OFFER = [
  "v=0",
  "o=sipflow 1 1 IN IP4 127.0.0.1",
  "s=-",
  "c=IN IP4 127.0.0.1",
  "t=0 0",
  "a=sendonly",
  "m=audio 10000 RTP/AVP 0 96 101",
  "a=rtpmap:96 opus/48000/2",
  "a=rtpmap:101 telephone-event/8000",
  "a=fmtp:101 0-15",
  "a=ptime:20",
  "m=video 0 RTP/AVP 34",
  "c=IN IP6 2001:db8::1",
  "a=inactive",
  "",
].join("\r\n");

it("joins the lines of a folded header and writes compact names out", () => {
  const { startLine, headers, body } = messageOf("wsinv");
  expect(startLine).toBe("INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0");
  const valuesOf = (name: string) =>
    headers.filter(({ fullName }) => fullName === name).map(({ value }) => value);
  expect(valuesOf("CSeq")).toEqual(["0009 INVITE"]);
  expect(valuesOf("To")).toEqual(["sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n"]);
  expect(valuesOf("Via")).toHaveLength(2);
  expect(valuesOf("Subject")).toEqual([""]);
  expect(headers.find(({ fullName }) => fullName === "Contact")?.name).toBe("m");
  expect(valuesOf("NewFangledHeader".toLowerCase().replace(/^n/, "N"))).toHaveLength(1);
  expect(body.startsWith("v=0\r\n")).toBe(true);
});

it.each(Object.keys(torture))("shows every header line of %s", (path) => {
  const raw = torture[path] ?? "";
  const { headers } = parseMessage(raw);
  const lines = (raw.split("\r\n\r\n")[0] ?? "").split("\r\n").slice(1);
  expect(headers).toHaveLength(lines.filter((line) => !/^[ \t]/.test(line)).length);
});

it("spells the names of headers as the RFCs do", () => {
  expect(
    ["v", "CSEQ", "call-id", "i", "www-authenticate", "record-route", "constructor"].map(fullNameOf),
  ).toEqual(["Via", "CSeq", "Call-ID", "Call-ID", "WWW-Authenticate", "Record-Route", "Constructor"]);
});

it("explains a session description", () => {
  const view = parseSdp(OFFER);
  expect(view?.media).toMatchObject([
    {
      kind: "audio",
      address: "127.0.0.1:10000",
      direction: "sendonly",
      ptimeMs: "20",
      isRefused: false,
      codecs: [
        { payloadType: "0", name: "PCMU/8000" },
        { payloadType: "96", name: "opus/48000/2" },
        { payloadType: "101", name: "telephone-event/8000", parameters: "0-15" },
      ],
    },
    { kind: "video", address: "[2001:db8::1]:0", direction: "inactive", isRefused: true },
  ]);
  expect(parseSdp("hello")).toBeNull();
});

it("compares headers by name, wherever they stand, and the body line by line", () => {
  const left = `INVITE sip:a SIP/2.0\r\nVia: one\r\nCall-ID: x\r\nTo: b\r\n\r\nv=0\r\na=sendrecv\r\n`;
  const right = `INVITE sip:a SIP/2.0\r\ni: x\r\nVia: two\r\nSubject: hi\r\n\r\nv=0\r\ns=-\r\na=sendrecv\r\n`;
  const { start, headers, body } = compareMessages(left, right);
  expect(start.kind).toBe("same");
  expect(headers.map(({ kind, name }) => `${name} ${kind}`)).toEqual([
    "Via changed",
    "Call-ID same",
    "To left",
    "Subject right",
  ]);
  expect(body.map(({ kind }) => kind)).toEqual(["same", "right", "same"]);
});

it("loses no line of either side in a comparison", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 30 });
  fc.assert(
    fc.property(lines, lines, (left, right) => {
      const pairs = compareLines(left, right);
      expect(pairs.filter(({ kind }) => kind !== "right").map((pair) => pair.left)).toEqual(left);
      expect(pairs.filter(({ kind }) => kind !== "left").map((pair) => pair.right)).toEqual(right);
      expect(pairs.every(({ kind, left: l, right: r }) => kind !== "same" || l === r)).toBe(true);
    }),
  );
});

it("takes anything, at once", () => {
  const hostile = [
    "\r\n".repeat(32_000),
    "a".repeat(65_536),
    "x:".repeat(32_000),
    `X: ${" ".repeat(65_000)}x`,
    "INVITE\n ".repeat(8_000),
    `v=0\r\n${"m=audio 1 RTP/AVP 0\r\n".repeat(3_000)}`,
    `v=0\r\nm=audio 1 RTP/AVP ${"0 ".repeat(30_000)}`,
  ];
  for (const raw of hostile) {
    parseMessage(raw);
    parseSdp(raw);
    expect(compareMessages(raw, `${raw}x`).start.name).toBe("");
  }
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (raw) => {
      parseSdp(raw);
      return typeof parseMessage(raw).startLine === "string";
    }),
  );
});

it("writes out what would hide or turn text", () => {
  expect(printable("a\u202eb\u0000c\ud800")).toBe("a\\u{202e}b\\u{0}c\\u{d800}");
  expect(printable("앨리스 → bob")).toBe("앨리스 → bob");
  expect(shortened("😀😀😀😀", 3)).toBe("😀😀…");
});

it("finds where two values differ", () => {
  expect(commonEnds("branch=abc;x", "branch=axc;x")).toEqual({ start: 8, end: 3 });
  expect(commonEnds("aa", "aaa")).toEqual({ start: 2, end: 0 });
});
