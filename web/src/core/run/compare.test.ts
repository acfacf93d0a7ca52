import { describe, expect, it } from "vitest";
import { readDocument } from "@/core/document/read";
import { compareLadders, compareNodes, differencesOf } from "./compare";
import { refusedCall, Script, twoPartyCall } from "./fixtures";
import { advance, NOT_STARTED } from "./state";

const stateOf = (script: Script) => advance(NOT_STARTED, script.events);
const document = readDocument({
  nodes: [
    { id: "alice", type: "sipInstance" },
    { id: "call", type: "command" },
    { id: "hangup", type: "command" },
  ],
});

describe("the nodes of two runs", () => {
  const rows = compareNodes(
    { document, state: stateOf(twoPartyCall()) },
    { document, state: stateOf(refusedCall()) },
  );

  it("stand beside each other, without instances", () => {
    expect(rows.map(({ id }) => id)).toEqual(["call", "hangup"]);
  });

  it("differ where they ended otherwise, or one was never reached", () => {
    expect(rows.map(({ differs }) => differs)).toEqual([true, true]);
  });

  it("do not differ by their times alone", () => {
    const state = stateOf(twoPartyCall());
    const later = advance(
      NOT_STARTED,
      twoPartyCall().events.map((event) => ({ ...event, timestamp: event.timestamp * 2 })),
    );
    expect(compareNodes({ document, state }, { document, state: later }).some(({ differs }) => differs)).toBe(
      false,
    );
  });
});

describe("the ladders of two runs", () => {
  const kinds = (left: Script, right: Script) =>
    compareLadders(left.events, right.events).map(({ kind }) => kind);

  it("are the same for the same call", () => {
    expect(new Set(kinds(twoPartyCall(), twoPartyCall()))).toEqual(new Set(["same"]));
  });

  it("show what one has alone", () => {
    const rows = compareLadders(twoPartyCall().events, refusedCall().events);
    const told = rows.map(({ kind, left, right }) => [
      kind,
      (left ?? right)?.first.statusCode ?? (left ?? right)?.first.method,
    ]);
    expect(told.slice(0, 3)).toEqual([
      ["same", "INVITE"],
      ["left", 180],
      ["right", 486],
    ]);
  });

  it("pass over what every run makes up anew", () => {
    const call = (chance: string) =>
      new Script().message("alice", "bob", {
        method: "INVITE",
        statusCode: null,
        reason: null,
        raw: `INVITE sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK${chance}\r\nFrom: <sip:a@x>;tag=${chance}\r\nCall-ID: ${chance}\r\n\r\no=- ${chance.length} 1 IN IP4 h\r\n`,
      });
    expect(kinds(call("a"), call("bb"))).toEqual(["same"]);
  });

  describe("of a call with a description", () => {
    interface Chance {
      session: string;
      media: number;
      port: number;
      codec?: string;
      length?: number;
    }
    const call = ({ session, media, port, codec = "0", length }: Chance) => {
      const body = `v=0\r\no=sipflow ${session} 1 IN IP4 127.0.0.1\r\ns=-\r\nm=audio ${media} RTP/AVP ${codec}\r\na=rtcp:${media + 1}\r\n`;
      const here = `127.0.0.1:${port}`;
      return new Script().message("alice", "bob", {
        method: "INVITE",
        statusCode: null,
        reason: null,
        localAddress: here,
        raw: `INVITE sip:b@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP ${here};rport=${port};branch=z9hG4bK${session}\r\nContact: <sip:a@${here}>\r\nContent-Length: ${length ?? body.length}\r\n\r\n${body}`,
      });
    };
    const usual = { session: "1769306127", media: 10_000, port: 5060 };

    it("are the same with another session, other ports, and the length that follows from them", () => {
      expect(kinds(call(usual), call({ session: "42", media: 9_998, port: 50_602 }))).toEqual(["same"]);
    });

    it("differ by a length that is not that of the body", () => {
      const [row] = compareLadders(call(usual).events, call({ ...usual, length: 7 }).events);
      const found = row?.left && row.right ? differencesOf(row.left, row.right) : [];
      expect(found.map(({ name, right }) => [name, right])).toEqual([["Content-Length", "7"]]);
    });

    it("differ by what is offered", () => {
      expect(kinds(call(usual), call({ ...usual, codec: "8" }))).toEqual(["changed"]);
    });

    it("differ by a port that is neither end's", () => {
      const to = (port: number) =>
        new Script().message("alice", "bob", {
          method: "INVITE",
          statusCode: null,
          reason: null,
          localAddress: "127.0.0.1:506",
          raw: `INVITE sip:b@127.0.0.1:${port} SIP/2.0\r\n\r\n`,
        });
      expect(kinds(to(5060), to(5062))).toEqual(["changed"]);
    });
  });

  it("tell the lines in which a message differs", () => {
    const call = (subject: string) =>
      new Script().message("alice", "bob", {
        method: "INVITE",
        statusCode: null,
        reason: null,
        raw: `INVITE sip:b@x SIP/2.0\r\nSubject: ${subject}\r\n\r\n`,
      });
    const [row] = compareLadders(call("one").events, call("two").events);
    expect(row?.kind).toBe("changed");
    const found = row?.left && row.right ? differencesOf(row.left, row.right) : [];
    expect(found).toEqual([{ kind: "changed", name: "Subject", left: "one", right: "two" }]);
  });
});
