import { parseJson } from "../../shared/platform/parseJson.ts";
import { excerpt } from "../../shared/platform/visibleText.ts";
import { CommandError } from "../line/commandError.ts";
import { exits } from "../line/exit.ts";
import { errorFrom } from "./cloudError.ts";
import { downloadMs, replyBytesMax, requestMs, uploadBytesPerMsMin } from "./limits.ts";

/** The cloud, the token and the fleet of requests. */
export interface FetchOptions {
  readonly api: string;
  /** Absent: requests have no token. */
  readonly token?: string;
  /** The product whose fleet is meant: a number or a slug. */
  readonly product?: string | undefined;
  /** Aborted by Ctrl+C. */
  readonly signal: AbortSignal;
}

/**
 * The path of an operation for the fleet of a product. The operations on events and service
 * agreements have paths of their own there (docs/api.md).
 */
export const pathInProduct = (path: string, product: string): string => {
  if (path.startsWith("/v1/products/")) return path;
  const events = path.replace(/^\/v1\/devices\/events(?=\/|\?|$)/, "/v1/events");
  const ofUser = events.replace(/^\/v1\/user\/(?=service_agreements(?:\/|\?|$))/, "/v1/");
  return ofUser.replace(/^\/v1\//, `/v1/products/${encodeURIComponent(product)}/`);
};

/**
 * A `fetch` for the API: adds the token, uses the paths of the product, follows no redirects (the
 * token would go elsewhere) and reads a bounded reply. Fails with a `CommandError` unless the reply
 * is a success.
 */
export const cloudFetch =
  ({ api, token, product, signal }: FetchOptions) =>
  async (request: Request): Promise<Response> => {
    const body = request.body === null ? null : await request.arrayBuffer();
    const ms = requestMs + Math.ceil((body?.byteLength ?? 0) / uploadBytesPerMsMin);
    const timeout = AbortSignal.timeout(ms);
    try {
      const response = await open(request, body, {
        api,
        token,
        product,
        signal: AbortSignal.any([signal, timeout]),
      });
      const text = await boundedText(response);
      if (!response.ok) throw errorFrom(response.status, { text, headers: response.headers, api });
      const { status, headers } = response;
      if (status !== 204 && !isJson(text)) throw noJson(api);
      return new Response(status === 204 ? null : text, { status, headers });
    } catch (error) {
      throw asCommandError(error, { api, signal, timeout: timeout.aborted ? ms : undefined });
    }
  };

/** Opens a reply that does not end. The caller ends it by `signal`. */
export const openStream = async (request: Request, options: FetchOptions): Promise<Response> => {
  const { api, signal } = options;
  try {
    return await openReply(request, options);
  } catch (error) {
    throw asCommandError(error, { api, signal, timeout: undefined });
  }
};

/** The reply of a request without a body, unless it is an error. */
const openReply = async (request: Request, options: FetchOptions): Promise<Response> => {
  const { api } = options;
  const response = await open(request, null, options);
  if (response.ok) return response;
  const text = await boundedText(response);
  throw errorFrom(response.status, { text, headers: response.headers, api });
};

/** Reads a reply as bytes, for at most as long as the upload of a file may take. */
export const fetchBytes = async (request: Request, options: FetchOptions): Promise<Uint8Array> => {
  const { api, signal } = options;
  const timeout = AbortSignal.timeout(downloadMs);
  try {
    const both = AbortSignal.any([signal, timeout]);
    return await boundedBytes(await openReply(request, { ...options, signal: both }));
  } catch (error) {
    throw asCommandError(error, { api, signal, timeout: timeout.aborted ? downloadMs : undefined });
  }
};

const open = async (
  request: Request,
  body: ArrayBuffer | null,
  { api, token, product, signal }: FetchOptions,
): Promise<Response> => {
  const path = request.url.slice(api.length);
  const url = `${api}${product === undefined ? path : pathInProduct(path, product)}`;
  const headers = new Headers(request.headers);
  headers.set("accept-encoding", "identity");
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  const { method } = request;
  const response = await fetch(url, { method, headers, body, signal, redirect: "manual" });
  if (response.status < 300 || response.status >= 400) return response;
  await response.body?.cancel();
  const to = response.headers.get("location") ?? "another address";
  throw new CommandError(
    `${api} is not the address of the API: it redirects to ${excerpt(to, 200)}. Set the address by --api.`,
  );
};

/** Whether a reply is an object or a list, as every reply of the API with a body. */
const isJson = (text: string): boolean => {
  const value = parseJson(text);
  return typeof value === "object" && value !== null;
};

/** A proxy or another server answers, for example with a page to sign in. */
const noJson = (api: string): CommandError =>
  new CommandError(`${api} answered without JSON. Is this the address of the API?`);

const boundedText = async (response: Response): Promise<string> =>
  new TextDecoder().decode(await boundedBytes(response));

const boundedBytes = async ({ body }: Response): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > replyBytesMax) throw new CommandError("The reply of the API is too large.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

interface Cause {
  readonly api: string;
  readonly signal: AbortSignal;
  /** The time without an answer, if it ended the request. */
  readonly timeout: number | undefined;
}

/** What a person can do about a request without a reply. */
export const asCommandError = (error: unknown, { api, signal, timeout }: Cause): Error => {
  if (error instanceof CommandError) return error;
  if (signal.aborted) {
    return new CommandError("stopped", { exit: exits.interrupted, cause: error });
  }
  if (timeout !== undefined) {
    return new CommandError(`${api} did not answer within ${Math.ceil(timeout / 1_000)} s.`, {
      exit: exits.unavailable,
      cause: error,
    });
  }
  const why = reasonOf(error);
  return new CommandError(
    `No answer from ${api}: ${why}. Is the cloud running? Another address: --api URL or GODWIT_API.`,
    { exit: exits.unavailable, cause: error },
  );
};

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was closed",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the name of the host cannot be resolved",
  ETIMEDOUT: "the connection timed out",
  UND_ERR_SOCKET: "the connection was closed",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed",
  CERT_HAS_EXPIRED: "its certificate has expired",
};

/** Node.js hides the reason of a failed `fetch` in its cause. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "unknown error";
  if (error.cause instanceof AggregateError) return reasonOf(error.cause.errors[0]);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const code = "code" in error ? String(error.code) : "";
  return reasons[code] ?? excerpt(error.message, 200);
};
