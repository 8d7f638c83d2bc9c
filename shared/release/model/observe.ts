import { deferMsDefault } from "../limits.ts";
import type { Observations } from "./progress.ts";
import { deferredUntil, type UpdateReport } from "./updateReport.ts";

/** What a report of a device shows that was received at this time. */
export const observeReport = (report: UpdateReport, at: number): Observations => {
  switch (report.state) {
    case "accepted":
      return { accepted: { at } };
    case "downloading":
      return { downloading: { at, offset: report.offset } };
    case "verified":
      return { verified: { at } };
    case "restarting":
      return { restarting: { at } };
    case "confirmed":
      return { confirmed: { at } };
    case "deferred": {
      const until = deferredUntil(report.until, at, deferMsDefault);
      return { deferred: { at, until, ...reasonOf(report) } };
    }
    case "vetoed":
      return { vetoed: { at, ...reasonOf(report) } };
    case "unavailable":
      return {
        unavailable: { at, ...(report.status !== undefined && { status: report.status }) },
      };
    case "failed": {
      const { error, message } = report;
      return { failures: [{ at, error, ...(message !== undefined && { message }) }] };
    }
  }
};

const reasonOf = ({ reason }: { readonly reason?: string | undefined }) =>
  reason === undefined ? {} : { reason };

/** The part of a hello that concerns a release. */
export interface UpdateHello {
  /** The version that the device claims to run. */
  readonly firmware?: string | undefined;
  /** The SHA-256 of the running image, in hex. */
  readonly image?: string | undefined;
  /** 2: it can boot the other slot. */
  readonly slots?: number | undefined;
  /** The SHA-256 of the image in the other slot, in hex. */
  readonly other?: string | undefined;
  /** Whether it takes updates now. */
  readonly updates?: boolean | undefined;
  /** The reason of the last reset. */
  readonly reset?: string | undefined;
  /** Minutes east of UTC. */
  readonly utc_offset?: number | undefined;
  readonly platform?: string | undefined;
}

/**
 * Whether a device runs the image. Its hash decides; a device that reports none is believed its
 * version.
 */
export const runsImage = (
  { image, firmware }: Pick<UpdateHello, "image" | "firmware">,
  wanted: { readonly version: number; readonly sha256: string },
): boolean => (image === undefined ? firmware === String(wanted.version) : image === wanted.sha256);

/** What a hello shows that was received at this time. */
export const observeHello = (
  hello: UpdateHello,
  at: number,
  wanted: { readonly version: number; readonly sha256: string },
): Observations => {
  const sighting = { first: at, last: at };
  const isWanted = runsImage(hello, wanted);
  return {
    seen: isWanted ? { release: sighting } : { other: sighting },
    ...(isWanted && isCrash(hello.reset) && { resets: [at] }),
    ...(hello.updates !== undefined && { updates: { at, enabled: hello.updates } }),
    ...(hello.utc_offset !== undefined && { offset: { at, minutes: hello.utc_offset } }),
  };
};

/** Whether the reason of a reset is a fault of the firmware. */
const isCrash = (reason: string | undefined): boolean =>
  reason !== undefined && /panic|watchdog|crash|fault|assert|abort|overflow/i.test(reason);
