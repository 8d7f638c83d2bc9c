import {
  blockIntervalMs,
  clockValidFromMs,
  confirmTimeoutMs,
  deferMsMax,
  lastReportTimeoutMs,
  outageMs,
  outagesMax,
  reasonCharsMax,
  updateAttemptsMax,
  waitingReportsMax,
  wrongHashesMax,
} from "../limits.ts";
import { limitConcurrency } from "../platform/limitConcurrency.ts";
import { checkOffer } from "./checkOffer.ts";
import { isSameOrigin } from "./httpDownload.ts";
import { ImageDownload, pause, type Transport } from "./imageDownload.ts";
import { type KeyDocument, readKeyDocument, walkKeyDocuments } from "./keyDocument.ts";
import type { Manifest } from "./manifest.ts";
import type { UpdateCommand, UpdateOffer } from "./offer.ts";
import { failureReport, type UpdateReport } from "./report.ts";
import type { SlotState, Slots } from "./slots.ts";
import { hashOf } from "./startSlot.ts";
import { toUpdateFailure, UpdateFailure } from "./updateFailure.ts";
import {
  emptyUpdateState,
  parseState,
  type UpdateJob,
  type UpdateState,
  writeState,
} from "./updateState.ts";
import type { UpdateHello, UpdateLink, Updates } from "./updates.ts";

/** An offered update, as the application sees it. */
export interface OfferedUpdate {
  readonly release: string;
  readonly version: number;
  /** Bytes. */
  readonly size: number;
}

/** Whether the application accepts an update now. */
export type UpdateDecision =
  | "accept"
  | {
      /** Why the application does not want the update at all. */
      readonly veto: string;
    }
  | {
      /** Why the application does not want the update now. */
      readonly defer: string;
      /**
       * Ask again at this time, in milliseconds since 1970. Default: when the cloud offers again.
       */
      readonly until?: number;
    };

/** Why the application must restart. */
export type RestartReason = "update" | "rollback" | "revert";

/** Options of the update handler. */
export interface UpdateOptions {
  readonly slots: Slots;
  readonly product: number;
  /** The key document of the product with which the device is delivered: JSON, or its object. */
  readonly keys: string | object;
  /** Only images for this platform, or without one, are accepted. */
  readonly platform?: string;
  /** Default: `auto`, HTTPS, and MQTT blocks if HTTPS fails. */
  readonly transport?: Transport;
  /** Shortest time between two requests for blocks. Default: 150 ms. */
  readonly blockIntervalMs?: number;
  /** Accepts, vetoes or defers an update. Not asked if the update is forced. Default: accept. */
  readonly decide?: (update: OfferedUpdate) => UpdateDecision | Promise<UpdateDecision>;
  /** Whether the device takes updates now, as its hello says. Default: true. */
  readonly takesUpdates?: () => boolean;
  /**
   * Whether the application works: called on the first connection of a new image. False, or an
   * error, reverts the image.
   */
  readonly check?: () => boolean | Promise<boolean>;
  /** Restarts the application with the slot that the start program chooses. */
  readonly restart: (reason: RestartReason) => void | Promise<void>;
  /** Reason of the last reset. Default: derived from the slots. */
  readonly reset?: string;
  /** Local time minus UTC, in minutes. Default: that of the process. */
  readonly utcOffset?: () => number;
  /** A new image that is not confirmed within this time is reverted. Default: ten minutes. */
  readonly confirmWithinMs?: number;
}

/** Creates the update handler of a device: pass it to `createDevice` as `updates`. */
export const createUpdates = (options: UpdateOptions): Updates => {
  const keys = readKeyDocument(options.keys);
  if (keys === undefined) throw new Error("keys is not a valid key document");
  if (keys.product !== options.product) {
    throw new Error(`keys is the key document of product ${keys.product}, not ${options.product}`);
  }
  return new UpdateHandler(options, keys);
};

/** The installation that runs. */
interface Installation {
  readonly release: string;
  readonly stop: AbortController;
  /** Resolves when it writes nothing more. */
  done: Promise<void>;
  download?: ImageDownload;
  /** The last report that is not stored. */
  last: UpdateReport;
}

/**
 * Keeps its state in the slots, so that it continues after a power loss at any time:
 *
 * | Stored | Next start |
 * |---|---|
 * | a job, and its image is in no slot | continues the download |
 * | a job, and its image runs | confirms it on a healthy connection |
 * | a job, and its image was reverted | reports the failure |
 */
class UpdateHandler implements Updates {
  readonly #options: UpdateOptions;
  #keys: KeyDocument;
  #link: UpdateLink | undefined;
  #slots: SlotState = { running: undefined, other: undefined, isTrial: false, reverted: undefined };
  #state: UpdateState = emptyUpdateState;
  #opening: Promise<void> | undefined;
  #isOpen = false;
  #isConnected = false;
  #hasConnected = false;
  /** The broker of the last connection. */
  #endpoint: string | undefined;
  /** Start of the old image after a new one could not connect, by `elapsed()`. */
  #revertedAt: number | undefined;
  #isRestarting = false;
  #isClosed = false;
  #isFirstHello = true;
  #resetReason: string | undefined;
  #installation: Installation | undefined;
  #cancelDeferral = () => {};
  #cancelTrial = () => {};
  #connectionWaiters: (() => void)[] = [];
  /** Commands and events run one after the other. */
  readonly #inOrder = limitConcurrency(1);
  readonly #write = limitConcurrency(1);
  readonly #sendInOrder = limitConcurrency(1);

  constructor(options: UpdateOptions, keys: KeyDocument) {
    this.#options = options;
    this.#keys = keys;
  }

  open(link: UpdateLink): Promise<void> {
    this.#opening ??= this.#load(link);
    return this.#opening;
  }

  async #load(link: UpdateLink): Promise<void> {
    this.#link = link;
    const { slots, confirmWithinMs = confirmTimeoutMs } = this.#options;
    try {
      this.#slots = await slots.open();
      await slots.markStarted();
      this.#state = parseState(await slots.readState());
      const stored = readKeyDocument(this.#state.keys);
      if (stored !== undefined && stored.product === this.#keys.product) {
        if (stored.number > this.#keys.number) this.#keys = stored;
      }
      this.#isOpen = true;
      await this.#settleReverted();
    } catch (error) {
      link.report(error);
    }
    this.#resetReason = this.#options.reset ?? this.#derivedReset();
    if (!this.#slots.isTrial) return;
    // Not in order: a check of the application may hang.
    this.#cancelTrial = link.clock.after(confirmWithinMs, () =>
      this.#reportFailure(
        this.#revert(this.#hasConnected ? "the check of the application hangs" : noConnection),
      ),
    );
  }

  hello(): UpdateHello {
    const { platform, takesUpdates = () => true, utcOffset = localOffset } = this.#options;
    const { running, other } = this.#slots;
    return {
      firmware: running && String(running.version),
      image: running?.sha256,
      other: other?.sha256,
      slots: 2,
      keys: this.#keys.number,
      updates: this.#isOpen && takesUpdates(),
      reset: this.#isFirstHello ? this.#resetReason : undefined,
      utcOffset: utcOffset(),
      platform,
    };
  }

  connectionReady(endpoint?: string): void {
    this.#isFirstHello = false;
    this.#isConnected = true;
    this.#hasConnected = true;
    // The URL may be of a region that is lost.
    const hasMoved = this.#endpoint !== undefined && endpoint !== this.#endpoint;
    this.#endpoint = endpoint;
    if (hasMoved) this.#installation?.download?.move();
    for (const resume of this.#connectionWaiters.splice(0)) resume();
    this.#run(async () => {
      await this.#judgeOutage();
      await this.#sendStored();
      if (!this.#isOpen || this.#isRestarting) return;
      await this.#confirmIfNew();
      this.#resume();
    });
  }

  connectionLost(): void {
    this.#isConnected = false;
  }

  handle(command: UpdateCommand): void {
    this.#run(async () => {
      if (this.#isRestarting || this.#isClosed) return;
      switch (command.command) {
        case "update":
          return await this.#handleOffer(command.offer);
        case "rollback":
          return await this.#rollBack(command.release);
        case "cancel_update":
          return await this.#cancel(command.release);
      }
    });
  }

  handleBlock(payload: Buffer): void {
    this.#installation?.download?.handleBlock(payload);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelDeferral();
    this.#cancelTrial();
    this.#installation?.stop.abort();
  }

  // Offers

  async #handleOffer(offer: UpdateOffer): Promise<void> {
    const { release } = offer;
    if (!this.#isOpen) {
      const report = { code: "not_supported", message: "the slots failed" } as const;
      return this.#send(failureReport(release, report));
    }
    // The cloud offers it again on the next connection, when the running image is confirmed.
    if (this.#slots.isTrial) return;
    if (this.#refresh(offer)) return;
    const { failures } = this.#state;
    if (failures?.release === release && failures.count >= updateAttemptsMax) {
      await this.#addReport({
        release,
        state: "failed",
        error: failures.code,
        message: failures.message,
      });
      return;
    }
    if (this.#now() < clockValidFromMs) {
      // Without a clock, an expired manifest would be accepted.
      await this.#addReport({ release, state: "deferred", reason: "the clock is not set" });
      return;
    }
    const manifest = await this.#verify(offer);
    if (manifest === undefined) return;
    if (manifest.sha256 === this.#slots.running?.sha256) {
      const sequence = Math.max(this.#state.sequence, manifest.sequence);
      const reports = this.#withReport({ release, state: "confirmed" });
      await this.#change({ sequence, reports });
      return await this.#sendStored();
    }
    await this.#decide(offer, manifest);
  }

  /** Takes the fresh URL of the update that is under way. Returns false for any other offer. */
  #refresh(offer: UpdateOffer): boolean {
    const { job } = this.#state;
    if (job?.kind !== "update" || job.release !== offer.release || job.isDeferred) return false;
    if (JSON.stringify(job.offer?.manifest) !== JSON.stringify(offer.manifest)) return false;
    this.#installation?.download?.refresh(offer);
    const isOther = !isSameOrigin(offer.url, job.offer?.url);
    this.#run(() => this.#changeJob(offer.release, { offer, ...(isOther && { etag: undefined }) }));
    return this.#installation !== undefined;
  }

  /** Returns the manifest of an offer, or reports why it is refused. */
  async #verify(offer: UpdateOffer): Promise<Manifest | undefined> {
    const before = this.#keys.number;
    try {
      await this.#walkKeys(offer);
      return this.#checkOffer(offer);
    } catch (error) {
      const failure = toUpdateFailure(error);
      if (failure.code === "wrong_signature" && this.#keys.number > before) {
        // There are more key documents than fit into an offer: the hello names the last one.
        await this.#link?.sendHello();
        this.#send({ request: "url", release: offer.release });
        return undefined;
      }
      await this.#fail(offer.release, failure);
      return undefined;
    }
  }

  async #walkKeys({ keys }: UpdateOffer): Promise<void> {
    const newest = walkKeyDocuments(this.#keys, keys);
    if (newest.number === this.#keys.number) return;
    await this.#change({ keys: newest.envelope });
    this.#keys = newest;
  }

  #checkOffer(offer: UpdateOffer): Manifest {
    const { product, platform, slots } = this.#options;
    return checkOffer(offer, {
      product,
      platform,
      keys: this.#keys,
      version: this.#slots.running?.version,
      sequence: this.#installedSequence(),
      imageBytesMax: slots.imageBytesMax,
      now: this.#now(),
    });
  }

  #installedSequence(): number {
    return Math.max(this.#state.sequence, this.#slots.running?.sequence ?? 0);
  }

  async #decide(offer: UpdateOffer, manifest: Manifest): Promise<void> {
    const { release } = offer;
    const { version, size, sha256 } = manifest;
    const decision = offer.forced
      ? "accept"
      : await this.#askApplication({ release, version, size });
    if (decision === "accept") return await this.#accept(offer, manifest);
    await this.#stopInstallation();
    this.#cancelDeferral();
    if ("veto" in decision) {
      const report = { release, state: "vetoed", reason: shorten(decision.veto) } as const;
      await this.#change({ job: undefined, reports: this.#withReport(report) });
      return await this.#sendStored();
    }
    const { until, defer } = decision;
    const written = this.#reusable(sha256, offer);
    const job = { kind: "update", release, sha256, offer, isDeferred: true, ...written } as const;
    const report = {
      release,
      state: "deferred",
      reason: shorten(defer),
      ...(until !== undefined && { until: Math.max(0, Math.round(until)) }),
    } as const;
    await this.#change({
      job: { ...job, deferredUntil: until },
      reports: this.#withReport(report),
    });
    this.#awaitDeferral();
    await this.#sendStored();
  }

  async #askApplication(update: OfferedUpdate): Promise<UpdateDecision> {
    try {
      return (await this.#options.decide?.(update)) ?? "accept";
    } catch (error) {
      this.#link?.report(error);
      return { defer: error instanceof Error ? error.message : String(error) };
    }
  }

  #awaitDeferral(): void {
    const { job } = this.#state;
    if (job?.offer === undefined || !job.isDeferred || job.deferredUntil === undefined) return;
    const { offer, deferredUntil } = job;
    this.#cancelDeferral();
    const waitMs = Math.min(Math.max(deferredUntil - this.#now(), 0), deferMsMax);
    this.#cancelDeferral =
      this.#link?.clock.after(waitMs, () => this.handle({ command: "update", offer })) ??
      this.#cancelDeferral;
  }

  /** Returns the progress that a new job of an image takes over from the slot. */
  #reusable(
    sha256: string,
    { url }: UpdateOffer,
  ): Pick<UpdateJob, "written" | "etag" | "wrongHashes"> {
    const { job } = this.#state;
    if (job?.kind !== "update" || job.sha256 !== sha256) return { written: 0, wrongHashes: 0 };
    const etag = isSameOrigin(url, job.offer?.url) ? job.etag : undefined;
    return { written: job.written, etag, wrongHashes: 0 };
  }

  async #accept(offer: UpdateOffer, { sha256, size }: Manifest): Promise<void> {
    const { release } = offer;
    await this.#stopInstallation();
    this.#cancelDeferral();
    let progress = this.#reusable(sha256, offer);
    if (this.#slots.other?.sha256 === sha256) progress = { written: size, wrongHashes: 0 };
    else if (progress.written === 0) await this.#erase();
    const job: UpdateJob = { kind: "update", release, sha256, offer, ...progress };
    await this.#change({ job });
    this.#send({ release, state: "accepted" });
    this.#install(job, offer);
  }

  async #erase(): Promise<void> {
    await this.#options.slots.erase();
    this.#slots = { ...this.#slots, other: undefined };
  }

  async #cancel(release: string): Promise<void> {
    if (this.#state.job?.kind !== "update" || this.#state.job.release !== release) return;
    await this.#stopInstallation();
    this.#cancelDeferral();
    await this.#change({ job: undefined });
  }

  // Installation

  /** Continues what the last run or connection has left. */
  #resume(): void {
    const { job } = this.#state;
    if (job === undefined || this.#slots.isTrial || this.#isRestarting) return;
    if (this.#installation !== undefined) {
      // The report may have been lost with the last connection.
      this.#send(this.#installation.last);
    } else if (job.kind === "rollback") {
      this.#run(() => this.#bootOther(job));
    } else if (job.isDeferred) {
      this.#awaitDeferral();
    } else if (job.offer !== undefined) {
      this.#install(job, job.offer);
    }
  }

  #install(job: UpdateJob, offer: UpdateOffer): void {
    const installation: Installation = {
      release: job.release,
      stop: new AbortController(),
      done: Promise.resolve(),
      last: { release: job.release, state: "accepted" },
    };
    this.#installation = installation;
    const failed = (error: unknown) => {
      if (installation.stop.signal.aborted) return;
      this.#run(async () => {
        if (this.#installation !== installation) return;
        this.#installation = undefined;
        await this.#fail(job.release, toUpdateFailure(error));
      });
    };
    installation.done = this.#runInstallation(job, offer, installation).then(
      () => this.#reportFailure(this.#restart("update")),
      failed,
    );
  }

  async #runInstallation(
    job: UpdateJob,
    offer: UpdateOffer,
    installation: Installation,
  ): Promise<void> {
    const link = this.#requireLink();
    const { signal } = installation.stop;
    const { clock, random } = link;
    const { release } = job;
    const manifest = this.#checkOffer(offer);
    if (job.written === 0) await pause(random() * offer.delayMs, { clock, signal });
    let current = job;
    for (;;) {
      try {
        await this.#download(current, { offer, installation, size: manifest.size });
        await this.#verifySlot(manifest);
        break;
      } catch (error) {
        signal.throwIfAborted();
        current = await this.#startOver(current, error);
      }
    }
    signal.throwIfAborted();
    this.#report(installation, { release, state: "verified" });
    // The download may have taken longer than the manifest is valid.
    this.#checkOffer(offer);
    const { size, sha256, version, sequence } = manifest;
    await this.#options.slots.activate({ size, sha256, version, sequence });
    this.#report(installation, { release, state: "restarting" });
  }

  async #download(
    job: UpdateJob,
    {
      offer,
      installation,
      size,
    }: {
      readonly offer: UpdateOffer;
      readonly installation: Installation;
      readonly size: number;
    },
  ): Promise<void> {
    const { clock, random, report, ca } = this.#requireLink();
    const { release } = job;
    const { signal } = installation.stop;
    const current = this.#state.job?.offer ?? offer;
    const { written, etag } = job;
    const download = new ImageDownload(
      current,
      { written, etag },
      {
        slots: this.#options.slots,
        size,
        transport: this.#options.transport ?? "auto",
        blockIntervalMs: this.#options.blockIntervalMs ?? blockIntervalMs,
        ca,
        clock,
        random,
        signal,
        request: (message) => this.#request(message, signal),
        reportProgress: (offset) =>
          this.#report(installation, { release, state: "downloading", offset }),
        reportUnavailable: (status) =>
          this.#report(installation, {
            release,
            state: "unavailable",
            ...(status !== undefined && { status }),
          }),
        checkpoint: (progress) => this.#changeJob(release, progress),
        onError: report,
      },
    );
    installation.download = download;
    await download.run();
  }

  async #verifySlot({ sha256, size }: Manifest): Promise<void> {
    const { slots } = this.#options;
    const found = await hashOf((offset, length) => slots.read(offset, length), size);
    if (found === sha256) return;
    throw new UpdateFailure("wrong_hash", `the slot has the hash ${found ?? "of no image"}`);
  }

  /** Downloads an image with a wrong hash again, from its first byte. Throws any other error. */
  async #startOver(job: UpdateJob, error: unknown): Promise<UpdateJob> {
    const failure = toUpdateFailure(error);
    const wrongHashes = job.wrongHashes + 1;
    if (failure.code !== "wrong_hash" || wrongHashes >= wrongHashesMax) throw error;
    this.#link?.report(error);
    await this.#erase();
    const changes = { written: 0, etag: undefined, wrongHashes };
    await this.#changeJob(job.release, changes);
    return { ...job, ...changes };
  }

  async #stopInstallation(): Promise<void> {
    const installation = this.#installation;
    this.#installation = undefined;
    installation?.stop.abort(new Error("the update was stopped"));
    await installation?.done;
  }

  // Rollback

  async #rollBack(release: string): Promise<void> {
    if (!this.#isOpen) {
      const report = { code: "not_supported", message: "the slots failed" } as const;
      return this.#send(failureReport(release, report));
    }
    const { job, installed, rolledBack } = this.#state;
    if (job?.kind === "update" && job.release === release && this.#slots.isTrial) {
      return this.#reportFailure(this.#revert("rolled back before it was confirmed", "rollback"));
    }
    if (job?.kind === "update" && job.release === release) {
      await this.#cancel(release);
      const message = "the rollback has cancelled the update before the restart";
      return await this.#addReport(failureReport(release, { code: "reverted", message }));
    }
    if (job?.kind === "rollback") return;
    if (rolledBack === release) return await this.#addReport({ release, state: "confirmed" });
    const { other } = this.#slots;
    if (installed !== release || other === undefined) {
      const message =
        installed === release
          ? "the other slot holds no complete image"
          : "the running image was not installed by this release";
      return await this.#addReport(failureReport(release, { code: "not_supported", message }));
    }
    await this.#stopInstallation();
    this.#cancelDeferral();
    const next: UpdateJob = {
      kind: "rollback",
      release,
      sha256: other.sha256,
      written: 0,
      wrongHashes: 0,
    };
    await this.#change({ job: next });
    await this.#bootOther(next);
  }

  async #bootOther({ release }: UpdateJob): Promise<void> {
    const { slots } = this.#options;
    const { other } = this.#slots;
    try {
      if (other === undefined) throw new UpdateFailure("not_supported", "the other slot is empty");
      const found = await hashOf((offset, length) => slots.read(offset, length), other.size);
      if (found !== other.sha256) {
        throw new UpdateFailure("not_supported", "the image in the other slot is damaged");
      }
      await slots.activate(other);
    } catch (error) {
      return await this.#fail(release, toUpdateFailure(error));
    }
    this.#send({ release, state: "restarting" });
    this.#reportFailure(this.#restart("rollback"));
  }

  // The trial of an image

  /** Handles an image that was on trial and does not run any more. */
  async #settleReverted(): Promise<void> {
    const { reverted } = this.#slots;
    const { job } = this.#state;
    if (reverted === undefined) return;
    if (job !== undefined && job.sha256 === reverted.sha256) {
      if (reverted.reason === noConnection) {
        this.#revertedAt = this.#requireLink().clock.elapsed();
        return;
      }
      const code = reverted.hasStarted ? "reverted" : "boot_failed";
      await this.#fail(job.release, { code, message: reverted.reason ?? "not confirmed" });
    }
    await this.#options.slots.forgetReverted();
  }

  /**
   * The new image could not connect. If the old one could not either, the image is tried again:
   * nothing is known against it.
   */
  async #judgeOutage(): Promise<void> {
    const { job } = this.#state;
    const since = this.#revertedAt;
    this.#revertedAt = undefined;
    if (since === undefined) return;
    const { clock } = this.#requireLink();
    const outages = (job?.outages ?? 0) + 1;
    const isOutage = clock.elapsed() - since >= outageMs && outages <= outagesMax;
    if (job !== undefined && isOutage) {
      await this.#change({ job: { ...job, outages } });
      this.#send({ release: job.release, state: "unavailable" });
    } else if (job !== undefined) {
      await this.#fail(job.release, { code: "reverted", message: noConnection });
    }
    await this.#options.slots.forgetReverted();
  }

  /** Confirms the running image if it is new: the cloud has received its hello. */
  async #confirmIfNew(): Promise<void> {
    const { running, isTrial } = this.#slots;
    const { job } = this.#state;
    const isOfJob = job !== undefined && running?.sha256 === job.sha256;
    if (!isTrial && !isOfJob) return;
    if (isTrial) {
      const problem = await this.#checkApplication();
      if (problem !== undefined) return this.#reportFailure(this.#revert(problem));
      if (!this.#isConnected || this.#isRestarting) return;
      await this.#options.slots.confirm();
      this.#slots = { ...this.#slots, isTrial: false };
      this.#cancelTrial();
    }
    const sequence = this.#installedSequence();
    if (!isOfJob) return await this.#change({ sequence });
    const { release, kind } = job;
    await this.#change({
      sequence,
      job: undefined,
      ...(kind === "update"
        ? { installed: release }
        : { installed: undefined, rolledBack: release }),
      reports: this.#withReport({ release, state: "confirmed" }),
    });
    await this.#sendStored();
  }

  /** Returns why the application does not work. */
  async #checkApplication(): Promise<string | undefined> {
    try {
      const isHealthy = (await this.#options.check?.()) ?? true;
      return isHealthy ? undefined : "the check of the application has failed";
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return `the check of the application has failed: ${message}`;
    }
  }

  async #revert(reason: string, restart: RestartReason = "revert"): Promise<void> {
    if (!this.#slots.isTrial || this.#isRestarting || this.#isClosed) return;
    this.#isRestarting = true;
    this.#link?.report(new Error(`the new image is reverted: ${reason}`));
    await this.#options.slots.revert(shorten(reason));
    await this.#restart(restart);
  }

  async #restart(reason: RestartReason): Promise<void> {
    if (this.#isClosed) return;
    this.#isRestarting = true;
    this.#cancelTrial();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.#link?.clock.after(lastReportTimeoutMs, resolve);
    // The last report is sent before the restart, if the connection works.
    if (this.#isConnected) await Promise.race([this.#sendInOrder(async () => {}), late]);
    cancel?.();
    await this.#options.restart(reason);
  }

  #derivedReset(): string | undefined {
    if (this.#slots.reverted !== undefined) return "revert";
    const { job } = this.#state;
    if (job === undefined || job.sha256 !== this.#slots.running?.sha256) return undefined;
    return job.kind;
  }

  // State and reports

  #now(): number {
    return this.#requireLink().clock.now();
  }

  #requireLink(): UpdateLink {
    if (this.#link === undefined) throw new Error("the update handler is not open");
    return this.#link;
  }

  /** Ends the job of a release, counts the attempt, and reports the failure. */
  async #fail(release: string, failure: Pick<UpdateFailure, "code" | "message">): Promise<void> {
    const { job, failures } = this.#state;
    const count = failures?.release === release ? failures.count + 1 : 1;
    const report = failureReport(release, failure);
    await this.#change({
      failures: { release, count, code: failure.code, message: shorten(failure.message) },
      ...(job?.release === release && { job: undefined }),
      reports: this.#withReport(report),
    }).catch((error: unknown) => {
      // The slots fail: the report is sent, but a restart continues the job.
      this.#link?.report(error);
      this.#send(report);
    });
    await this.#sendStored();
  }

  #withReport(report: UpdateReport): readonly object[] {
    return [...this.#state.reports, report].slice(-waitingReportsMax);
  }

  async #addReport(report: UpdateReport): Promise<void> {
    await this.#change({ reports: this.#withReport(report) });
    await this.#sendStored();
  }

  /** Sends the stored reports, oldest first, and removes each when the cloud has it. */
  async #sendStored(): Promise<void> {
    for (const report of this.#state.reports) {
      if (!this.#isConnected) return;
      try {
        await this.#sendInOrder(() => this.#requireLink().send(report));
      } catch (error) {
        this.#link?.report(error);
        return;
      }
      await this.#change({ reports: this.#state.reports.filter((each) => each !== report) });
    }
  }

  #report(installation: Installation, report: UpdateReport): void {
    installation.last = report;
    this.#send(report);
  }

  /** Sends a message once, if the device is connected. */
  #send(message: object): void {
    if (!this.#isConnected) return;
    this.#reportFailure(this.#sendInOrder(() => this.#requireLink().send(message)));
  }

  /** Sends a request, and waits for a connection if there is none. */
  async #request(message: object, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (!this.#isConnected) await this.#untilConnected(signal);
      signal.throwIfAborted();
      try {
        return await this.#sendInOrder(() => this.#requireLink().send(message));
      } catch (error) {
        this.#link?.report(error);
        // A failed publish means a lost connection.
        await this.#untilConnected(signal);
      }
    }
  }

  async #untilConnected(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#connectionWaiters.push(resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
  }

  async #change(changes: Partial<UpdateState>): Promise<void> {
    await this.#write(async () => {
      const next = { ...this.#state, ...changes };
      await this.#options.slots.writeState(writeState(next));
      this.#state = next;
    });
  }

  /** Changes the job of a release, unless it has ended. */
  async #changeJob(release: string, changes: Partial<UpdateJob>): Promise<void> {
    await this.#write(async () => {
      const { job } = this.#state;
      if (job?.release !== release || job.kind !== "update") return;
      const next = { ...this.#state, job: { ...job, ...changes } };
      await this.#options.slots.writeState(writeState(next));
      this.#state = next;
    });
  }

  #run(step: () => Promise<void>): void {
    this.#reportFailure(
      this.#inOrder(async () => {
        if (!this.#isClosed) await step();
      }),
    );
  }

  #reportFailure(work: Promise<unknown>): void {
    void work.catch((error: unknown) => this.#link?.report(error));
  }
}

/** Reason of a revert. */
const noConnection = "no connection in time";

/** Minutes east of UTC. */
const localOffset = (): number => -new Date().getTimezoneOffset();

const shorten = (text: string): string => text.slice(0, reasonCharsMax);
