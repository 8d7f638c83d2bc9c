import * as z from "zod/mini";
import {
  csvRowsMax,
  firmwareVersionMax,
  firmwareVersionMin,
  fixedVersionsMax,
  historyRowsDefault,
  historyRowsMax,
  historyRowsMin,
} from "../firmware/limits.ts";
import { cursorText } from "../input/cursor.ts";
import { wholeNumber } from "../input/wholeNumber.ts";
import { isoTime } from "./replies.ts";
import { route } from "./route.ts";

const versionNumber = wholeNumber(firmwareVersionMin, firmwareVersionMax);

/** The fields of every export. As CSV, a page has up to `csvRowsMax` rows unless it has a limit. */
const page = {
  version: versionNumber,
  format: z._default(z.enum(["json", "csv"]), "json"),
  limit: z.optional(wholeNumber(historyRowsMin, historyRowsMax)),
  cursor: z.optional(cursorText),
};

/** The number of rows of a page. */
export const rowsOf = ({
  format,
  limit,
}: {
  format: "json" | "csv";
  limit?: number | undefined;
}): number => limit ?? (format === "csv" ? csvRowsMax : historyRowsDefault);

const exposedDevice = z.strictObject({
  id: z.string(),
  name: z.nullable(z.string()),
  in_product: z.boolean(),
  first_seen: isoTime,
  /** `null` while it runs the version. */
  last_seen: z.nullable(isoTime),
  runs_now: z.boolean(),
  version_now: z.nullable(z.int()),
  /** The hash of the image that it reported. */
  sha256: z.nullable(z.string()),
  regions: z.array(z.string()),
});

/** A device that has run a firmware version. */
export type ExposedDeviceBody = z.input<typeof exposedDevice>;

const fixedDevice = z.strictObject({
  id: z.string(),
  name: z.nullable(z.string()),
  state: z.enum(["fixed", "exposed", "left"]),
  exposed_version: z.int(),
  exposed_first: isoTime,
  exposed_last: isoTime,
  version_now: z.nullable(z.int()),
  fixed_at: z.nullable(isoTime),
});

/** A device in the rollout of a fix. */
export type FixedDeviceBody = z.input<typeof fixedDevice>;

const change = z.strictObject({
  /** Since when the device has reported the version. */
  at: isoTime,
  version: z.int(),
  /** The hash of the image that it reported. */
  sha256: z.nullable(z.string()),
  /** The region that received the report. */
  region: z.string(),
});

/** A change of the firmware that a device reports. */
export type FirmwareChangeBody = z.input<typeof change>;

/** Comma-separated version numbers of a query. */
const versionList = z.pipe(
  z
    .string()
    .check(
      z.regex(/^\d{1,5}(,\d{1,5})*$/, "must be version numbers with commas between, such as 1,2"),
    ),
  z.pipe(
    z.transform((text: string) => [...new Set(text.split(",").map(Number))].sort((a, b) => a - b)),
    z.array(z.int()).check(z.maxLength(fixedVersionsMax)),
  ),
);

/** What devices of a product ran: for owners who must prove it. */
export const firmwareHistoryRoutes = {
  listFirmwareChanges: route({
    method: "GET",
    path: "/v1/products/{product}/devices/{device}/firmware-history",
    access: "firmware:get",
    summary: "List the firmware versions that a device has reported in the product, newest first",
    input: z.object({
      device: z.string(),
      limit: z._default(wholeNumber(1, historyRowsMax), historyRowsDefault),
    }),
    replies: {
      200: z.strictObject({
        changes: z.array(change),
        /** There are older changes: ask for more with `limit`. */
        has_more: z.boolean(),
      }),
    },
    example: {
      input: { device: "lamp" },
      reply: {
        changes: [
          { at: "2026-12-01T10:00:00.000Z", version: 3, sha256: null, region: "us-east-1" },
        ],
        has_more: false,
      },
    },
    errors: [],
  }),
  showExposure: route({
    method: "GET",
    path: "/v1/products/{product}/firmware/{version}/exposure",
    access: "firmware:get",
    summary: "List the devices that run a firmware version or have ever run it",
    csv: true,
    input: z.object(page),
    replies: {
      200: z.strictObject({
        version: z.int(),
        /** `null` for a version that was deleted or never uploaded. */
        title: z.nullable(z.string()),
        sha256: z.nullable(z.string()),
        devices: z.array(exposedDevice),
        cursor: z.nullable(z.string()),
      }),
    },
    example: {
      input: { version: 3 },
      reply: {
        version: 3,
        title: "v1.2.0",
        sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        devices: [
          {
            id: "0123456789abcdef01234567",
            name: "lamp",
            in_product: true,
            first_seen: "2026-12-01T10:00:00.000Z",
            last_seen: null,
            runs_now: true,
            version_now: 3,
            sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            regions: ["us-east-1"],
          },
        ],
        cursor: null,
      },
    },
    errors: [],
  }),
  showRollout: route({
    method: "GET",
    path: "/v1/products/{product}/firmware/{version}/rollout",
    access: "firmware:get",
    summary: "List when each device that ran a faulty version got the version with the fix",
    csv: true,
    input: z.object({
      ...page,
      /** The versions with the fault. */
      faulty: versionList,
    }),
    replies: {
      200: z.strictObject({
        version: z.int(),
        faulty: z.array(z.int()),
        devices: z.array(fixedDevice),
        cursor: z.nullable(z.string()),
      }),
    },
    example: {
      input: { version: 3, faulty: "1,2" },
      reply: {
        version: 3,
        faulty: [1, 2],
        devices: [
          {
            id: "0123456789abcdef01234567",
            name: "lamp",
            state: "fixed",
            exposed_version: 2,
            exposed_first: "2026-11-01T10:00:00.000Z",
            exposed_last: "2026-12-01T10:00:00.000Z",
            version_now: 3,
            fixed_at: "2026-12-01T10:00:00.000Z",
          },
        ],
        cursor: null,
      },
    },
    errors: [],
  }),
};
