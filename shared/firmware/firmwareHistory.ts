import * as z from "zod/mini";
import { deviceIdPattern } from "../platform/topic.ts";

const time = z.int().check(z.nonnegative());
const product = z.int().check(z.positive());
const version = z.int().check(z.nonnegative());
const deviceId = z.string().check(z.regex(deviceIdPattern));

/** A device reported another firmware than before. Times are milliseconds since 1970. */
export const firmwareChange = z.object({
  device: deviceId,
  product,
  version,
  /** The SHA-256 of the image, if the device reported it. */
  image: z.optional(z.string()),
  /** The region that received the report. */
  region: z.string(),
  at: time,
});

export type FirmwareChange = z.output<typeof firmwareChange>;

/** When a region first and last saw a device change to, or from, a firmware version. */
export const ranFirmware = z.object({
  device: deviceId,
  product,
  version,
  image: z.optional(z.string()),
  region: z.string(),
  first: time,
  last: time,
});

export type RanFirmware = z.output<typeof ranFirmware>;

/** The firmware that a device ran before a change. It has no history without a version. */
export interface FormerFirmware {
  readonly product: number;
  readonly version?: number | undefined;
  readonly image?: string | undefined;
}

/**
 * Which device ran which firmware version when. Rows are only added, or extended by later times.
 */
export interface FirmwareHistory {
  /**
   * Records a change. Repeating it, also after a later one, has no effect. The former version ends
   * at the time of the change.
   */
  record(change: FirmwareChange, former: FormerFirmware | undefined): Promise<void>;
  /** The changes of a device in all regions, newest first. */
  changesOf(device: string): Promise<FirmwareChange[]>;
  /**
   * The devices that reported a version, in pages by device and region. A device that has been in
   * several regions has a row for each.
   */
  ran(
    key: Pick<RanFirmware, "product" | "version">,
    page: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<{ readonly rows: readonly RanFirmware[]; readonly next?: string }>;
}
