import type { SipMessageEvent } from "@/core/run/events";
import { printable, shortened } from "@/core/sip/printable";
import { type Arrow, countOf } from "./model";

/** What a message is, for its colour and its stroke. */
export type Tone = "request" | "provisional" | "success" | "redirection" | "failure";

export interface Label {
  /** `INVITE`, `180 Ringing`. */
  name: string;
  /** Of a response, the method it answers. */
  answers: string | null;
  /** `SDP`, with the direction of its stream where that is not both ways: `SDP sendonly`. */
  sdp: string | null;
}

const LENGTH = 64;

export function toneOf({ statusCode }: Pick<SipMessageEvent, "statusCode">): Tone {
  if (statusCode === null) return "request";
  if (statusCode < 200) return "provisional";
  if (statusCode < 300) return "success";
  return statusCode < 400 ? "redirection" : "failure";
}

export function labelOf({ method, statusCode, reason, note }: SipMessageEvent): Label {
  const plain = (text: string) => shortened(printable(text), LENGTH);
  return {
    name: plain(statusCode === null ? method : `${statusCode} ${reason ?? ""}`.trimEnd()),
    answers: statusCode === null || method === "" ? null : plain(method),
    sdp: note === "" ? null : note === "sendrecv" ? "SDP" : `SDP ${plain(note)}`,
  };
}

/** The label in one line, the same in every export: `200 OK · INVITE · SDP ×2`. */
export function lineOf(arrow: Arrow, count = countOf(arrow)): string {
  const { name, answers, sdp } = labelOf(arrow.first);
  const parts = [name, answers, sdp].filter((part) => part !== null);
  return `${parts.join(" · ")}${count > 1 ? ` ×${count}` : ""}`;
}

/** What belongs together: an INVITE with its responses, its ACK and its CANCEL; any other request with its own. */
export function transactionOf({ sipCallId, cseq, method }: SipMessageEvent): string {
  const head = method === "ACK" || method === "CANCEL" ? "INVITE" : method;
  return `${cseq ?? ""} ${head} ${sipCallId}`;
}
