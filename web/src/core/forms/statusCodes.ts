/** Responses that people wait for or send, by their usual reason phrases. Source: RFC 3261 §21. */
const PHRASES: Readonly<Record<number, string>> = {
  180: "Ringing",
  181: "Call Is Being Forwarded",
  182: "Queued",
  183: "Session Progress",
  200: "OK",
  202: "Accepted",
  300: "Multiple Choices",
  301: "Moved Permanently",
  302: "Moved Temporarily",
  305: "Use Proxy",
  380: "Alternative Service",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  410: "Gone",
  415: "Unsupported Media Type",
  420: "Bad Extension",
  480: "Temporarily Unavailable",
  481: "Call/Transaction Does Not Exist",
  482: "Loop Detected",
  483: "Too Many Hops",
  484: "Address Incomplete",
  486: "Busy Here",
  487: "Request Terminated",
  488: "Not Acceptable Here",
  491: "Request Pending",
  500: "Server Internal Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  504: "Server Time-out",
  600: "Busy Everywhere",
  603: "Decline",
  604: "Does Not Exist Anywhere",
  606: "Not Acceptable",
};

/** The codes within these limits, with what they say. */
export const statusCodes = (min: number | null, max: number | null): { value: string; hint: string }[] =>
  Object.entries(PHRASES)
    .filter(([code]) => Number(code) >= (min ?? 100) && Number(code) <= (max ?? 699))
    .map(([value, hint]) => ({ value, hint }));

/** What a code says; nothing where it is not among these. */
export const phraseOf = (code: unknown): string => PHRASES[Number(code)] ?? "";
