/** One place that speaks HTTP with the server. */

/** What the server says when it refuses. `code` is stable, `message` is for people. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly body: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** Whether nobody answered: the server has gone, or the network. */
  get isOffline(): boolean {
    return this.status === 0;
  }
}

const TIMEOUT_MS = 20_000;

let language = "en";

/** Let the server say in this language what goes wrong. */
export function hearIn(chosen: string): void {
  language = chosen;
}

export interface Options {
  body?: unknown;
  /** The request outlives the page (a draft sent while the tab closes); at most 64 KB. */
  outlivesPage?: boolean;
  signal?: AbortSignal;
}

/** Who answers requests. */
export type Source = (method: string, path: string, options: Options) => Promise<unknown>;

/** Where the browser gets a file that is at this path of the server; null where the page can't have it. */
export type FileAt = (path: string) => string | null;

let source: Source = overHttp;
export let fileAt: FileAt = (path) => path;

/** Let requests be answered otherwise than by a server: a page that holds a run answers for itself. */
export function answerFrom(other: { source: Source; fileAt: FileAt }): void {
  ({ source, fileAt } = other);
}

/** Ask the server; the answer's JSON, or undefined for 204. Raises ApiError. */
export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  return (await source(method, path, options)) as T;
}

async function overHttp(method: string, path: string, options: Options): Promise<unknown> {
  const { body, outlivesPage = false, signal } = options;
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        "Accept-Language": language,
        ...(body === undefined || body instanceof FormData ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
      keepalive: outlivesPage,
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiError(0, "offline", "the server does not answer");
  }
  if (!response.ok) throw await refusal(response);
  return response.status === 204 ? undefined : ((await response.json()) as unknown);
}

async function refusal(response: Response): Promise<ApiError> {
  const answer = (await response.json().catch(() => null)) as { error?: Record<string, unknown> } | null;
  const error = answer?.error ?? {};
  const code = typeof error.code === "string" ? error.code : `http-${response.status}`;
  const message = typeof error.message === "string" ? error.message : response.statusText;
  return new ApiError(response.status, code, message, error);
}
