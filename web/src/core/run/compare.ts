import type { FlowDocument } from "@/core/document/types";
import { lineOf } from "@/core/ladder/labels";
import { hostOf } from "@/core/ladder/lanes";
import { type Arrow, LadderModel } from "@/core/ladder/model";
import { compareLines, compareMessages, type Pair } from "@/core/sip/diff";
import type { RunEvent } from "./events";
import type { NodeRun, RunState } from "./state";

/** One node in two runs; undefined where a run never entered it. */
export interface NodeRow {
  id: string;
  left: NodeRun | undefined;
  right: NodeRun | undefined;
  /** Whether it ended in another state, or failed for another reason. */
  differs: boolean;
}

/** The nodes of both documents in their order, with how they stood at the end of each run. */
export function compareNodes(
  left: { document: FlowDocument; state: RunState },
  right: { document: FlowDocument; state: RunState },
): NodeRow[] {
  const steps = [...left.document.nodes, ...right.document.nodes].filter(
    ({ type }) => type !== "sipInstance",
  );
  return [...new Set(steps.map(({ id }) => id))].map((id) => {
    const [one, other] = [left.state.nodes.get(id), right.state.nodes.get(id)];
    const differs = one?.state !== other?.state || (one?.error ?? null) !== (other?.error ?? null);
    return { id, left: one, right: other, differs };
  });
}

/** One message in two ladders: at the same place in both, in both with other contents, or in one alone. */
export interface MessageRow {
  kind: "same" | "changed" | "left" | "right";
  left: Arrow | null;
  right: Arrow | null;
}

/** So many messages of each run are compared. */
export const MAX_ARROWS = 2_000;

/** Two ladders laid beside each other, message by message. */
export function compareLadders(left: readonly RunEvent[], right: readonly RunEvent[]): MessageRow[] {
  const [ones, others] = [arrowsOf(left), arrowsOf(right)];
  let [i, j] = [0, 0];
  const takeLeft = (): Arrow | null => ones[i++] ?? null;
  const takeRight = (): Arrow | null => others[j++] ?? null;
  return compareLines(ones.map(nameOf), others.map(nameOf)).flatMap(({ kind }): MessageRow[] => {
    if (kind === "left") return [{ kind, left: takeLeft(), right: null }];
    if (kind === "right") return [{ kind, left: null, right: takeRight() }];
    const [one, other] = [takeLeft(), takeRight()];
    if (kind === "changed")
      return [
        { kind: "left", left: one, right: null },
        { kind: "right", left: null, right: other },
      ];
    const isSame = one === null || other === null || differencesOf(one, other).length === 0;
    return [{ kind: isSame ? "same" : "changed", left: one, right: other }];
  });
}

/** The lines in which two messages differ, apart from what is another in every run. */
export function differencesOf(left: Arrow, right: Arrow): Pair[] {
  const { start, headers, body } = compareMessages(steady(left), steady(right));
  return [start, ...headers, ...body].filter(({ kind }) => kind !== "same");
}

function arrowsOf(events: readonly RunEvent[]): readonly Arrow[] {
  const model = new LadderModel();
  model.add(events);
  return model.arrows.slice(0, MAX_ARROWS);
}

/** What makes two messages of two runs the same step: from whom to whom, and which. A stranger's port may change. */
const nameOf = (arrow: Arrow): string =>
  `${hostOf(arrow.source)} ${hostOf(arrow.target)} ${lineOf(arrow, 1)}`;

/** What a run makes up by chance, or finds free on the machine. */
const CHANCE: readonly (readonly [RegExp, string])[] = [
  [/;(branch|tag)=[^;\s>,]+/gi, ";$1=…"],
  [/;rport=\d+/gi, ";rport=…"],
  [/^(call-id|i)\s*:.*$/gim, "$1: …"],
  [/^(date|rseq|rack)\s*:.*$/gim, "$1: …"],
  [/\b(nonce|cnonce|response|opaque)="[^"]*"/gi, '$1="…"'],
  [/^o=(\S+) \S+ \S+ /gm, "o=$1 … … "],
  [/^m=(\S+) \d+ /gm, "m=$1 … "],
  [/^a=rtcp:\d+/gm, "a=rtcp:…"],
];

/** The text of a message without what is another in every run. */
function steady({ first: { raw, localAddress, remoteAddress } }: Arrow): string {
  let text = withoutLength(raw);
  // The ends take the next port where theirs is taken.
  for (const address of [localAddress, remoteAddress]) {
    const host = hostOf(address);
    const [before, ...after] = address === host ? [text] : text.split(address);
    text = after.reduce(
      (whole, part) => whole + (/^\d/.test(part) ? address : `${host}:…`) + part,
      before ?? "",
    );
  }
  return CHANCE.reduce((whole, [pattern, instead]) => whole.replace(pattern, instead), text);
}

const LENGTH = /^(content-length|l)([ \t]*:[ \t]*)(\d+)[ \t]*$/im;

/** A length that is that of the body says nothing more than the body does: a session's number may be shorter. */
function withoutLength(raw: string): string {
  const at = raw.search(/\r?\n\r?\n/);
  if (at < 0) return raw;
  const [head, rest] = [raw.slice(0, at), raw.slice(at)];
  const bytes = new TextEncoder().encode(rest.replace(/^\r?\n\r?\n/, "")).length;
  return (
    head.replace(LENGTH, (line, name: string, colon: string, length: string) =>
      Number(length) === bytes ? `${name}${colon}…` : line,
    ) + rest
  );
}
