/** A session description for people to read: what is offered, where to, and which way. */
export interface SdpView {
  origin: string;
  name: string;
  media: MediaView[];
  /** Every line as it stands. */
  lines: SdpLine[];
}

export interface MediaView {
  kind: string;
  /** `host:port`; the port 0 means that the stream is refused or ended. */
  address: string;
  isRefused: boolean;
  protocol: string;
  direction: Direction;
  codecs: Codec[];
  ptimeMs: string | null;
}

export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

export interface Codec {
  payloadType: string;
  /** `PCMU/8000`; empty where the body does not tell and no standard does. */
  name: string;
  parameters: string;
}

export interface SdpLine {
  type: string;
  value: string;
}

/** Payload types with a fixed meaning. Source: RFC 3551 §6, tables 4 and 5. */
const STATIC_TYPES: Readonly<Record<string, string>> = {
  0: "PCMU/8000",
  3: "GSM/8000",
  4: "G723/8000",
  5: "DVI4/8000",
  6: "DVI4/16000",
  7: "LPC/8000",
  8: "PCMA/8000",
  9: "G722/8000",
  10: "L16/44100/2",
  11: "L16/44100",
  12: "QCELP/8000",
  13: "CN/8000",
  14: "MPA/90000",
  15: "G728/8000",
  16: "DVI4/11025",
  17: "DVI4/22050",
  18: "G729/8000",
  25: "CelB/90000",
  26: "JPEG/90000",
  28: "nv/90000",
  31: "H261/90000",
  32: "MPV/90000",
  33: "MP2T/90000",
  34: "H263/90000",
};

const MAX_LINES = 2_000;
const MAX_CODECS = 128;

/** Take a body apart; null when it is no session description. */
export function parseSdp(body: string): SdpView | null {
  if (!/^v=/.test(body)) return null;
  const lines = body
    .split(/\r?\n/, MAX_LINES)
    .filter((line) => line !== "")
    .map((line): SdpLine => {
      const equals = line.indexOf("=");
      return equals < 0
        ? { type: "", value: line }
        : { type: line.slice(0, equals), value: line.slice(equals + 1) };
    });
  const starts = lines.flatMap(({ type }, index) => (type === "m" ? [index] : []));
  const session = lines.slice(0, starts[0] ?? lines.length);
  const valueOf = (type: string) => session.find((line) => line.type === type)?.value ?? "";
  const media = starts.map((start, index) =>
    mediaOf(lines.slice(start, starts[index + 1] ?? lines.length), session),
  );
  return { origin: valueOf("o"), name: valueOf("s"), media, lines };
}

function mediaOf(lines: readonly SdpLine[], session: readonly SdpLine[]): MediaView {
  const [kind = "", port = "", protocol = "", ...types] = (lines[0]?.value ?? "").trim().split(/\s+/);
  const attributes = lines.filter(({ type }) => type === "a").map(({ value }) => value);
  const connection = (lines.find(({ type }) => type === "c") ?? session.find(({ type }) => type === "c"))
    ?.value;
  const host = connection?.trim().split(/\s+/)[2]?.split("/")[0] ?? "";
  const own = directionIn(attributes);
  const general = directionIn(session.filter(({ type }) => type === "a").map(({ value }) => value));
  return {
    kind,
    address: host === "" ? port : `${host.includes(":") ? `[${host}]` : host}:${port}`,
    isRefused: port === "0",
    protocol,
    direction: own ?? general ?? "sendrecv",
    codecs: types.slice(0, MAX_CODECS).map((payloadType) => ({
      payloadType,
      name: mapped(attributes, "rtpmap", payloadType) ?? STATIC_TYPES[payloadType] ?? "",
      parameters: mapped(attributes, "fmtp", payloadType) ?? "",
    })),
    ptimeMs: attributes.find((value) => value.startsWith("ptime:"))?.slice("ptime:".length) ?? null,
  };
}

/** The value of `rtpmap:0 PCMU/8000` for the payload type 0. */
function mapped(attributes: readonly string[], name: string, payloadType: string): string | undefined {
  const start = `${name}:${payloadType} `;
  return attributes
    .find((value) => value.startsWith(start))
    ?.slice(start.length)
    .trim();
}

const DIRECTIONS: ReadonlySet<string> = new Set<Direction>(["sendrecv", "sendonly", "recvonly", "inactive"]);

const directionIn = (attributes: readonly string[]): Direction | undefined =>
  attributes.find((value): value is Direction => DIRECTIONS.has(value));
