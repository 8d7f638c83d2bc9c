import {
  blockBytes,
  blockTimeoutMs,
  checkpointBytes,
  downloadBackoffBaseMs,
  downloadBackoffCapMs,
  httpFailuresMax,
  progressReportMs,
  progressReportShare,
  urlMarginMs,
  urlTimeoutMs,
} from "../limits.ts";
import type { Clock } from "../platform/clock.ts";
import { parseBlock } from "./block.ts";
import { downloadOverHttp, type HttpResult, isDownloadUrl, isSameOrigin } from "./httpDownload.ts";
import type { UpdateOffer } from "./offer.ts";
import type { Slots } from "./slots.ts";
import { UpdateFailure } from "./updateFailure.ts";

/** How a device may download: HTTPS, MQTT blocks, or HTTPS first and blocks if that fails. */
export type Transport = "auto" | "https" | "blocks";

/** Position and entity tag of a download. */
export interface DownloadProgress {
  readonly written: number;
  readonly etag: string | undefined;
}

export interface ImageDownloadDeps {
  readonly slots: Slots;
  readonly size: number;
  readonly transport: Transport;
  /** Shortest time between two requests for blocks. */
  readonly blockIntervalMs: number;
  /** CA certificate in addition to the root certificates of Node.js, PEM. */
  readonly ca: string | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Sends a request to the cloud. Waits for a connection. */
  readonly request: (message: object) => Promise<void>;
  /** Sends a report if the device is connected. */
  readonly reportProgress: (offset: number) => void;
  readonly reportUnavailable: (status: number | undefined) => void;
  /** Stores the progress durably. The bytes before it are durable. */
  readonly checkpoint: (progress: DownloadProgress) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/**
 * Downloads an image into the inactive slot until it is complete. Resumes after each failure where
 * it was. Refusals of the cloud and failed connections are retried with backoff, without an end.
 */
export class ImageDownload {
  readonly #deps: ImageDownloadDeps;
  #offer: UpdateOffer;
  #written: number;
  #etag: string | undefined;
  #stored: number;
  /** Consecutive attempts without a byte. */
  #failures = 0;
  #transportFailures = 0;
  #usesBlocks: boolean;
  /** The URL was refused or has expired. */
  #needsUrl = false;
  /** The URL has just arrived: it is used even if the clock of the device is wrong. */
  #hasFreshUrl = false;
  /** Ends the attempt or the wait that is under way. */
  #interruption = new AbortController();
  #offered = Promise.withResolvers<void>();
  #awaitedBlock: { readonly offset: number; resolve(bytes: Buffer): void } | undefined;
  #reportedAt: number | undefined;
  #reportedOffset = 0;
  /** Time of the last request for a block, by `elapsed()`. */
  #requestedAt = Number.NEGATIVE_INFINITY;

  constructor(offer: UpdateOffer, { written, etag }: DownloadProgress, deps: ImageDownloadDeps) {
    this.#deps = deps;
    this.#offer = offer;
    this.#written = written;
    this.#stored = written;
    this.#etag = etag;
    this.#usesBlocks = deps.transport === "blocks";
  }

  /** A new offer of the same image, with a fresh URL. */
  refresh(offer: UpdateOffer): void {
    if (!isSameOrigin(offer.url, this.#offer.url)) this.#etag = undefined;
    this.#offer = offer;
    this.#needsUrl = false;
    this.#hasFreshUrl = true;
    this.#offered.resolve();
    this.#offered = Promise.withResolvers<void>();
  }

  /**
   * The device has connected to another region. The URL may be of the former one, which may be
   * lost: the download goes on at its byte with a fresh URL.
   */
  move(): void {
    this.#requireFreshUrl();
    this.#failures = 0;
    this.#transportFailures = 0;
    this.#usesBlocks = this.#deps.transport === "blocks" || this.#offer.url === undefined;
    this.#interruption.abort(new Error("the device has connected to another region"));
    this.#interruption = new AbortController();
  }

  handleBlock(payload: Buffer): void {
    const block = parseBlock(payload);
    if (block?.release !== this.#offer.release) return;
    if (block.offset === this.#awaitedBlock?.offset) this.#awaitedBlock.resolve(block.bytes);
  }

  /** Resolves when every byte is durable in the slot. Rejects on abort and if the slot fails. */
  async run(): Promise<void> {
    const { size } = this.#deps;
    while (this.#written < size) {
      this.#reportProgress();
      const before = this.#written;
      const waitMs = this.#usesBlocks ? await this.#tryBlock() : await this.#tryHttp();
      if (this.#written > before) this.#failures = 0;
      if (this.#written > before) this.#transportFailures = 0;
      if (waitMs === undefined) continue;
      await this.#pause(Math.max(waitMs, this.#backoffMs()));
      this.#failures += 1;
    }
    await this.#store();
  }

  /** Requests one block. Returns the wait before the next attempt, if it failed. */
  async #tryBlock(): Promise<number | undefined> {
    const { request, size, clock, signal } = this.#deps;
    const offset = this.#written;
    await this.#pause(this.#requestedAt + this.#deps.blockIntervalMs - clock.elapsed());
    this.#requestedAt = clock.elapsed();
    const length = Math.min(blockBytes, size - offset);
    const arrived = Promise.withResolvers<Buffer | undefined>();
    this.#awaitedBlock = { offset, resolve: arrived.resolve };
    const stop = () => arrived.resolve(undefined);
    signal.addEventListener("abort", stop, { once: true });
    await request({ request: "block", release: this.#offer.release, offset, length });
    const interruption = this.#interruption.signal;
    interruption.addEventListener("abort", stop, { once: true });
    const cancel = clock.after(blockTimeoutMs, stop);
    const bytes = await arrived.promise;
    cancel();
    signal.removeEventListener("abort", stop);
    interruption.removeEventListener("abort", stop);
    this.#awaitedBlock = undefined;
    signal.throwIfAborted();
    if (bytes === undefined && interruption.aborted) return undefined;
    if (bytes === undefined || bytes.length === 0 || bytes.length > length) {
      this.#countTransportFailure();
      return 0;
    }
    await this.#append(bytes);
    return undefined;
  }

  async #tryHttp(): Promise<number | undefined> {
    const { url } = this.#offer;
    if (url === undefined && this.#deps.transport === "auto") {
      this.#usesBlocks = true;
      return undefined;
    }
    if (this.#needsUrl || url === undefined || !this.#isUrlValid()) return await this.#getUrl();
    if (!isDownloadUrl(url)) {
      this.#deps.onError(new Error("the URL of the image is not an HTTPS URL"));
      this.#requireFreshUrl();
      this.#countTransportFailure();
      return 0;
    }
    const offset = this.#written;
    const result = await this.#downloadFrom(url);
    if (result === undefined) return undefined;
    // The server may be lost: the cloud knows another one that has the image.
    const isLost = result.kind === "failed" && this.#written === offset;
    // Another one may have arrived meanwhile.
    const isSame = url === this.#offer.url;
    if (isSame && (isLost || result.kind === "denied")) this.#requireFreshUrl();
    return this.#handleResult(result);
  }

  /** Returns `undefined` if the device has connected to another region meanwhile. */
  async #downloadFrom(url: string): Promise<HttpResult | undefined> {
    const { size, ca, signal, clock } = this.#deps;
    const interruption = this.#interruption.signal;
    try {
      return await downloadOverHttp({
        url,
        offset: this.#written,
        size,
        etag: this.#written === 0 ? undefined : this.#etag,
        ca,
        signal: AbortSignal.any([signal, interruption]),
        clock,
        onTag: (etag) => {
          if (isSameOrigin(url, this.#offer.url)) this.#etag = etag;
        },
        onBytes: (bytes) => this.#append(bytes),
      });
    } catch (error) {
      if (interruption.aborted && error === interruption.reason) return undefined;
      throw error;
    }
  }

  #handleResult(result: HttpResult): number | undefined {
    switch (result.kind) {
      case "done":
        return undefined;
      case "busy":
        this.#deps.reportUnavailable(result.status);
        this.#hasFreshUrl = false;
        return result.retryAfterMs;
      case "denied":
        this.#deps.reportUnavailable(result.status);
        this.#countTransportFailure();
        return 0;
      case "failed":
        this.#deps.onError(new Error(`the download was interrupted: ${result.reason}`));
        this.#countTransportFailure();
        return 0;
      case "changed":
        throw new UpdateFailure("wrong_hash", "the server has another image");
    }
  }

  #isUrlValid(): boolean {
    const { urlExpiresAt } = this.#offer;
    if (this.#hasFreshUrl) return true;
    return urlExpiresAt === undefined || urlExpiresAt - urlMarginMs > this.#deps.clock.now();
  }

  #requireFreshUrl(): void {
    this.#needsUrl = true;
    this.#hasFreshUrl = false;
  }

  /** Requests a fresh URL and waits for it. Returns a wait if none arrives. */
  async #getUrl(): Promise<number | undefined> {
    const { clock, request, signal } = this.#deps;
    const fresh = this.#offered.promise.then(() => true);
    await request({ request: "url", release: this.#offer.release });
    const timeout = Promise.withResolvers<boolean>();
    const stop = () => timeout.resolve(false);
    const cancel = clock.after(urlTimeoutMs, stop);
    const interruption = this.#interruption.signal;
    signal.addEventListener("abort", stop, { once: true });
    interruption.addEventListener("abort", stop, { once: true });
    const hasUrl = await Promise.race([fresh, timeout.promise]);
    cancel();
    signal.removeEventListener("abort", stop);
    interruption.removeEventListener("abort", stop);
    signal.throwIfAborted();
    if (!hasUrl && interruption.aborted) return undefined;
    if (hasUrl && this.#offer.url !== undefined) return undefined;
    this.#countTransportFailure();
    return 0;
  }

  /** After a number of failures in a row, tries the other transport. */
  #countTransportFailure(): void {
    this.#transportFailures += 1;
    if (this.#deps.transport !== "auto" || this.#transportFailures < httpFailuresMax) return;
    this.#transportFailures = 0;
    this.#usesBlocks = !this.#usesBlocks || this.#offer.url === undefined;
  }

  async #append(bytes: Uint8Array): Promise<void> {
    const { slots, size, signal } = this.#deps;
    signal.throwIfAborted();
    await slots.write(this.#written, bytes);
    this.#written += bytes.length;
    const step = Math.max(checkpointBytes, Math.ceil(size / 100));
    if (this.#written - this.#stored >= step) await this.#store();
    this.#reportProgress();
  }

  async #store(): Promise<void> {
    await this.#deps.slots.sync();
    await this.#deps.checkpoint({ written: this.#written, etag: this.#etag });
    this.#stored = this.#written;
  }

  #reportProgress(): void {
    const now = this.#deps.clock.elapsed();
    if (this.#reportedAt !== undefined) {
      const share = (this.#written - this.#reportedOffset) / this.#deps.size;
      if (share < progressReportShare || now - this.#reportedAt < progressReportMs) return;
    }
    this.#reportedAt = now;
    this.#reportedOffset = this.#written;
    this.#deps.reportProgress(this.#written);
  }

  /** A random wait between half a bound and the bound, which doubles with each failure. */
  #backoffMs(): number {
    const boundMs = Math.min(downloadBackoffBaseMs * 2 ** this.#failures, downloadBackoffCapMs);
    return boundMs * (0.5 + this.#deps.random() / 2);
  }

  async #pause(ms: number): Promise<void> {
    const { clock, signal } = this.#deps;
    const interruption = this.#interruption.signal;
    try {
      await pause(ms, { clock, signal: AbortSignal.any([signal, interruption]) });
    } catch (error) {
      if (!interruption.aborted || error !== interruption.reason) throw error;
    }
  }
}

/** Waits. Rejects on abort. */
export const pause = async (
  ms: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> => {
  signal.throwIfAborted();
  if (ms <= 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = () => resolve();
  const cancel = clock.after(ms, stop);
  signal.addEventListener("abort", stop, { once: true });
  await promise;
  cancel();
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
};
