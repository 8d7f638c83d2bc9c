import { ApiError } from "./apiError.ts";
import { type ApiRequest, leavesItsPath } from "./apiRequest.ts";
import { urlOfRequest } from "./apiUrl.ts";
import { answered, lost } from "./connection.ts";
import { credentials, replacements, signedOut } from "./credentials.ts";

/** The longest that a request takes: the API's own limit, and the way. */
const requestMsMax = 40_000;

/**
 * Sends a request and returns its response, whatever its status. Fails with `ApiError` `offline`
 * without one.
 */
export const sendRequest = async (request: ApiRequest, signal: AbortSignal): Promise<Response> => {
  const { method, path, body, headers } = request;
  if (leavesItsPath(path)) {
    const why = "A name that is a dot or two dots cannot be used in an address.";
    throw new ApiError(why, { status: 400, code: "invalid_request" });
  }
  const isUnsafe = method !== "GET";
  try {
    const response = await fetch(urlOfRequest(request), {
      method,
      headers: {
        ...headers,
        ...(isUnsafe && credentials()),
        ...(body !== undefined && { "Content-Type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      signal,
    });
    if (response.status < 500) answered();
    return response;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    lost();
    throw new ApiError("The API does not answer.", { status: 0, code: "offline" });
  }
};

/** Sends a request and returns the body of its reply. Fails with `ApiError`. */
export const request = async <Reply>(given: ApiRequest, signal?: AbortSignal): Promise<Reply> =>
  (await requestWithTag<Reply>(given, signal)).body;

/** The same, with the version of the resource: the value for `If-Match`. */
export const requestWithTag = async <Reply>(
  given: ApiRequest,
  signal?: AbortSignal,
): Promise<{ body: Reply; tag: string | undefined }> => {
  const timeout = AbortSignal.timeout(requestMsMax);
  const ends = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const response = await sendRequest(given, ends);
  if (!response.ok) throw await errorOf(response);
  const body = response.status === 204 ? undefined : await response.json();
  return { body, tag: response.headers.get("ETag") ?? undefined };
};

/** The error of a response. A session that has ended leads to the form to sign in. */
export const errorOf = async (response: Response): Promise<ApiError> => {
  const details = await readBody(response);
  const code = typeof details.error === "string" ? details.error : "unknown";
  const described = details.error_description ?? details.info ?? details.error;
  const after = Number(response.headers.get("Retry-After") ?? Number.NaN);
  if (response.status === 401) signedOut();
  if (code === "invalid_csrf_token") replacements.value += 1;
  return new ApiError(
    typeof described === "string" ? described : `The API answered ${response.status}.`,
    {
      status: response.status,
      code,
      details,
      retryAfterSeconds: Number.isFinite(after) ? Math.ceil(after) : undefined,
    },
  );
};

const readBody = async (response: Response): Promise<Record<string, unknown>> => {
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? { ...body } : {};
  } catch {
    return {};
  }
};
