import type { IncomingMessage } from "node:http";
import { get as getOverTls } from "node:https";
import { rootCertificates } from "node:tls";
import { downloadStallMs, retryAfterMsMax } from "../limits.ts";
import type { Clock } from "../platform/clock.ts";

/** How a download over HTTP ended. */
export type HttpResult =
  | { readonly kind: "done" }
  /** The cloud is overloaded (429, 5xx). */
  | { readonly kind: "busy"; readonly status: number; readonly retryAfterMs: number }
  /** The server does not accept the URL (other statuses): request a fresh one. */
  | { readonly kind: "denied"; readonly status: number }
  /** The connection failed, or ended before the last byte. */
  | { readonly kind: "failed"; readonly reason: string }
  /** The server has another image than the one whose first bytes were received. */
  | { readonly kind: "changed" };

/** A download from an offset to the end of an image. */
export interface HttpDownload {
  readonly url: string;
  readonly offset: number;
  readonly size: number;
  /** Entity tag of the bytes before the offset. */
  readonly etag: string | undefined;
  /** CA certificate in addition to the root certificates of Node.js, PEM. */
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Called before the first bytes. */
  onTag(etag: string | undefined): void;
  /** Stores the next bytes. Its errors end the download and are thrown. */
  onBytes(bytes: Uint8Array): Promise<void>;
}

/** Downloads an image with a range request. Throws only errors of `onBytes`, and on abort. */
export const downloadOverHttp = async (download: HttpDownload): Promise<HttpResult> => {
  const { signal, clock } = download;
  const stall = new AbortController();
  let cancelStall = () => {};
  const watch = () => {
    cancelStall();
    cancelStall = clock.after(downloadStallMs, () => stall.abort());
  };
  watch();
  try {
    const response = await request(download, AbortSignal.any([signal, stall.signal]));
    const problem = checkResponse(response, download);
    if (problem !== undefined) {
      response.destroy();
      return problem;
    }
    download.onTag(response.headers.etag);
    return await receive(response, download, watch);
  } catch (error) {
    if (error instanceof StoreError) throw error.cause;
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: "failed", reason: stall.signal.aborted ? "no data arrived" : reason };
  } finally {
    cancelStall();
  }
};

/** An error of `onBytes`, which is not one of the connection. */
class StoreError extends Error {}

const request = async (
  { url, offset, ca }: HttpDownload,
  signal: AbortSignal,
): Promise<IncomingMessage> => {
  const headers = { range: `bytes=${offset}-`, "accept-encoding": "identity" };
  const trusted = ca ? { ca: [...rootCertificates, ca] } : {};
  const sent = url.startsWith("https:")
    ? getOverTls(url, { headers, signal, agent: false, ...trusted })
    : // Only then: the module loads undici, which takes 9 MB.
      (await import("node:http")).get(url, { headers, signal, agent: false });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  sent.once("response", resolve);
  sent.on("error", reject);
  return await promise;
};

const checkResponse = (
  { statusCode: status = 0, headers }: IncomingMessage,
  { offset, size, etag }: HttpDownload,
): HttpResult | undefined => {
  if (status === 429 || status >= 500) {
    return { kind: "busy", status, retryAfterMs: retryAfterMs(headers["retry-after"]) };
  }
  // The image is shorter than the manifest says.
  if (status === 416) return { kind: "changed" };
  if (status !== 200 && status !== 206) return { kind: "denied", status };
  const { etag: tag, "content-range": contentRange = "" } = headers;
  if (etag !== undefined && tag !== undefined && tag !== etag) return { kind: "changed" };
  if (status === 200) return undefined;
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(contentRange);
  if (range === null) return { kind: "failed", reason: "the response has no Content-Range" };
  const [, first, , total] = range;
  const isExpected = Number(first) === offset && (total === "*" || Number(total) === size);
  return isExpected ? undefined : { kind: "changed" };
};

const retryAfterMs = (header: string | undefined): number => {
  const seconds = Number(header ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1_000, retryAfterMsMax) : 0;
};

const receive = async (
  response: IncomingMessage,
  { offset, size, onBytes }: HttpDownload,
  watch: () => void,
): Promise<HttpResult> => {
  // A server that ignores the range sends the complete image.
  let position = response.statusCode === 200 ? 0 : offset;
  for await (const data of response) {
    watch();
    const chunk: Buffer = Buffer.from(data);
    const fresh = chunk.subarray(Math.max(0, offset - position), Math.max(0, size - position));
    position += chunk.length;
    if (fresh.length > 0) {
      await onBytes(fresh).catch((cause: unknown) => {
        throw new StoreError("the slot failed", { cause });
      });
    }
    if (position > size) return { kind: "changed" };
  }
  if (position >= size) return { kind: "done" };
  return { kind: "failed", reason: `the connection ended after ${position} of ${size} bytes` };
};

/**
 * Whether a device may download from a URL: HTTPS, or HTTP from this machine (a cloud of
 * `npm start`).
 */
export const isDownloadUrl = (url: string): boolean => {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:") return true;
  const isLoopback = hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
  return protocol === "http:" && isLoopback;
};

/** Whether two URLs are of the same server: the entity tags of another one differ. */
export const isSameOrigin = (one: string | undefined, other: string | undefined): boolean =>
  originOf(one) === originOf(other);

const originOf = (url: string | undefined): string | undefined =>
  url !== undefined && URL.canParse(url) ? new URL(url).origin : undefined;
