import i18next from "i18next";
import { ApiError } from "@/api/client";

/** What the page itself refuses, with a message in the chosen language. */
export class Refusal extends Error {}

/**
 * An error in the words of the chosen language, where there are some for its code; else in the server's. What is wrong
 * with a document is told by the first finding, which the server has put into that language.
 */
export function whatHappened(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (!(error instanceof ApiError)) return String(error);
  const message = firstFinding(error) ?? error.message;
  const key = `workspace:error.${error.code}`;
  return i18next.exists(key) ? i18next.t(key, { message }) : message;
}

function firstFinding({ body }: ApiError): string | null {
  const [first] = Array.isArray(body.findings) ? (body.findings as { message?: unknown }[]) : [];
  return typeof first?.message === "string" ? first.message : null;
}
