import * as z from "zod/mini";
import {
  firmwareDescriptionCharsMax,
  firmwareGroupsMax,
  firmwareTitleCharsMax,
  imageBytesMax,
} from "./limits.ts";
import { envelope } from "./signing/envelope.ts";
import { firmwareVersionNumber, imageHash } from "./signing/manifest.ts";

const time = z.int().check(z.nonnegative());

/** A firmware version of a product: an image with its metadata. Times are ms since 1970. */
export const firmwareVersion = z.object({
  product: z.int().check(z.positive()),
  version: firmwareVersionNumber,
  title: z.string().check(z.maxLength(firmwareTitleCharsMax)),
  description: z.string().check(z.maxLength(firmwareDescriptionCharsMax)),
  mandatory: z.boolean(),
  /** The name of the uploaded file. */
  name: z.string(),
  /** In bytes. */
  size: z.int().check(z.positive(), z.maximum(imageBytesMax)),
  /** The hash of the image, under which its bytes are stored. */
  sha256: imageHash,
  uploadedBy: z.string(),
  uploadedAt: time,
  /** The signed statement about the image. */
  manifest: z.optional(envelope),
  /** The time of its first release. A released version cannot be deleted. */
  releasedAt: z.optional(time),
  /**
   * The time at which it became the default of the product. The version with the latest time is the
   * default.
   */
  defaultAt: z.optional(time),
  /**
   * The time of the latest release to each group. The version with the latest time for a group is
   * the firmware of the group.
   */
  groups: z
    .record(z.string(), time)
    .check(z.refine((groups) => Object.keys(groups).length <= firmwareGroupsMax, "are too many")),
  /** The number of changes of the row: the condition of the next write (optimistic locking). */
  revision: z.int(),
});

export type FirmwareVersion = z.output<typeof firmwareVersion>;

/** The firmware versions of products. */
export interface FirmwareVersions {
  /** Strongly consistent. */
  find(product: number, version: number): Promise<FirmwareVersion | undefined>;
  /** All versions of a product, the highest first, `firmwareVersionsMax` at most. */
  list(product: number): Promise<FirmwareVersion[]>;
  /** Fails with `already_exists` if the product has a row for this version. */
  add(version: FirmwareVersion): Promise<void>;
  /**
   * Writes a version over the one that was read, with the next revision. Fails with `conflict` if
   * another request has changed or deleted it.
   */
  replace(version: FirmwareVersion): Promise<FirmwareVersion>;
  /** Deletes the version that was read. Fails with `conflict` as `replace` does. */
  remove(version: Pick<FirmwareVersion, "product" | "version" | "revision">): Promise<void>;
}

/** What the firmware versions of a product are released to. */
export interface FirmwareAssignments {
  /** The default of the product. */
  readonly productDefault: number | undefined;
  /** The version of each group. */
  readonly byGroup: ReadonlyMap<string, number>;
}

/** The default of a product and the firmware of its groups. */
export const assignmentsOf = (
  versions: readonly Pick<FirmwareVersion, "version" | "defaultAt" | "groups">[],
): FirmwareAssignments => {
  const byGroup = new Map<string, number>();
  const releasedAt = new Map<string, number>();
  let productDefault: number | undefined;
  let defaultAt = -1;
  // In the order of their numbers, so that the result of equal times is the same everywhere.
  for (const each of versions.toSorted((one, other) => one.version - other.version)) {
    if (each.defaultAt !== undefined && each.defaultAt >= defaultAt) {
      productDefault = each.version;
      defaultAt = each.defaultAt;
    }
    for (const [group, at] of Object.entries(each.groups)) {
      if (at < (releasedAt.get(group) ?? 0)) continue;
      releasedAt.set(group, at);
      byGroup.set(group, each.version);
    }
  }
  return { productDefault, byGroup };
};
