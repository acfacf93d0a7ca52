/** A raw message taken apart for people to read; nothing here judges whether it is valid. */
export interface ParsedMessage {
  startLine: string;
  headers: Header[];
  /** Everything after the first empty line; what is missing is empty. */
  body: string;
  contentType: string;
}

export interface Header {
  /** As it was written: `v`, `via`, `Via`. */
  name: string;
  /** The full name, by which `v` and `via` are the same: `Via`. */
  fullName: string;
  /** Without the folds of a header on several lines. */
  value: string;
}

/** Source: RFC 3261 §7.3.3 and the IANA registry of header fields. */
const COMPACT: Readonly<Record<string, string>> = {
  a: "Accept-Contact",
  b: "Referred-By",
  c: "Content-Type",
  d: "Request-Disposition",
  e: "Content-Encoding",
  f: "From",
  i: "Call-ID",
  j: "Reject-Contact",
  k: "Supported",
  l: "Content-Length",
  m: "Contact",
  n: "Identity-Info",
  o: "Event",
  r: "Refer-To",
  s: "Subject",
  t: "To",
  u: "Allow-Events",
  v: "Via",
  x: "Session-Expires",
  y: "Identity",
};

const SPELLED: Readonly<Record<string, string>> = {
  "call-id": "Call-ID",
  cseq: "CSeq",
  rack: "RAck",
  rseq: "RSeq",
  "www-authenticate": "WWW-Authenticate",
  "mime-version": "MIME-Version",
  "sip-etag": "SIP-ETag",
  "sip-if-match": "SIP-If-Match",
};

/** The name of a header field as RFCs spell it, compact forms written out. */
export function fullNameOf(name: string): string {
  const lower = name.toLowerCase();
  const known =
    lower.length === 1 ? COMPACT[lower] : Object.hasOwn(SPELLED, lower) ? SPELLED[lower] : undefined;
  return known ?? lower.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/** Longer ones are the server's to refuse; what is shown stays within this. */
const MAX_LENGTH = 128 * 1024;

export function parseMessage(raw: string): ParsedMessage {
  const text = raw.slice(0, MAX_LENGTH).replace(/^(?:\r?\n)+/, "");
  const end = /\r?\n\r?\n/.exec(text);
  const head = end === null ? text : text.slice(0, end.index);
  const body = end === null ? "" : text.slice(end.index + end[0].length);
  const [startLine = "", ...lines] = head.split(/\r?\n/);
  const headers: Header[] = [];
  for (const line of lines) {
    const last = headers.at(-1);
    if (/^[ \t]/.test(line) && last !== undefined) {
      last.value += last.value === "" ? line.trim() : ` ${line.trim()}`;
      continue;
    }
    const colon = line.indexOf(":");
    const name = (colon < 0 ? line : line.slice(0, colon)).trimEnd();
    headers.push({ name, fullName: fullNameOf(name), value: colon < 0 ? "" : line.slice(colon + 1).trim() });
  }
  const contentType = headers.find(({ fullName }) => fullName === "Content-Type")?.value ?? "";
  return { startLine, headers, body, contentType };
}
