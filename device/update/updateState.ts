import { isObject, parseObject } from "../platform/json.ts";
import { parseOffer, type UpdateOffer, writeOffer } from "./offer.ts";

/** What an update handler stores: it continues from here after a power loss. */
export interface UpdateState {
  /** Highest sequence that was installed. */
  readonly sequence: number;
  /** The newest key document, as an envelope. */
  readonly keys?: unknown;
  readonly job?: UpdateJob | undefined;
  /** Reports that the cloud has not received yet. */
  readonly reports: readonly object[];
  /** The release that has installed the running image. */
  readonly installed?: string | undefined;
  /** The last release that was rolled back. */
  readonly rolledBack?: string | undefined;
  /** Failed attempts at the last release that has failed. */
  readonly failures?: ReleaseFailures | undefined;
}

/** The update or rollback that is under way. */
export interface UpdateJob {
  readonly kind: "update" | "rollback";
  readonly release: string;
  /** The image that will run, hex. */
  readonly sha256: string;
  /** The offer of an update. */
  readonly offer?: UpdateOffer | undefined;
  /** The application has deferred the update. */
  readonly isDeferred?: boolean | undefined;
  /** Milliseconds since 1970; the application is asked again then. */
  readonly deferredUntil?: number | undefined;
  /** Bytes of the image that are durable in the inactive slot. */
  readonly written: number;
  /** Entity tag of these bytes. */
  readonly etag?: string | undefined;
  /** Complete downloads with a wrong hash. */
  readonly wrongHashes: number;
  /** Trials that ended because neither image could connect. */
  readonly outages?: number | undefined;
}

export interface ReleaseFailures {
  readonly release: string;
  readonly count: number;
  readonly code: string;
  readonly message: string;
}

export const emptyUpdateState: UpdateState = { sequence: 0, reports: [] };

/** Serializes the state for `Slots.writeState`. */
export const writeState = ({ job, ...state }: UpdateState): string =>
  JSON.stringify({
    ...state,
    job: job && { ...job, offer: job.offer && writeOffer(job.offer) },
  });

/** Parses a stored state. Returns the empty state if the text is absent or malformed. */
export const parseState = (text: string | undefined): UpdateState => {
  const fields = parseObject(text ?? "") ?? {};
  const { sequence, keys, job, reports, installed, rolledBack, failures } = fields;
  return {
    sequence: typeof sequence === "number" ? sequence : 0,
    keys,
    job: parseJob(job),
    reports: Array.isArray(reports) ? reports.filter(isObject) : [],
    installed: textOf(installed),
    rolledBack: textOf(rolledBack),
    failures: parseFailures(failures),
  };
};

const parseJob = (value: unknown): UpdateJob | undefined => {
  if (!isObject(value)) return undefined;
  const { kind, release, sha256, offer, isDeferred, deferredUntil, written, etag } = value;
  if (typeof release !== "string" || typeof sha256 !== "string") return undefined;
  if (kind === "rollback") return { kind, release, sha256, written: 0, wrongHashes: 0 };
  if (kind !== "update" || !isObject(offer)) return undefined;
  return {
    kind,
    release,
    sha256,
    offer: parseOffer(release, offer),
    isDeferred: isDeferred === true,
    deferredUntil: numberOf(deferredUntil),
    written: numberOf(written) ?? 0,
    etag: textOf(etag),
    wrongHashes: numberOf(value.wrongHashes) ?? 0,
    outages: numberOf(value.outages),
  };
};

const parseFailures = (value: unknown): ReleaseFailures | undefined => {
  if (!isObject(value)) return undefined;
  const { release, count, code, message } = value;
  if (typeof release !== "string" || typeof count !== "number") return undefined;
  if (typeof code !== "string" || typeof message !== "string") return undefined;
  return { release, count, code, message };
};

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;

const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;
