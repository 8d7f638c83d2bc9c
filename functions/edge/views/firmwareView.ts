import { createHash } from "node:crypto";
import { assignmentsOf, type FirmwareVersion } from "#shared/firmware/firmwareVersion.ts";
import type { KeyDocument } from "#shared/firmware/signing/keyDocument.ts";
import type {
  ChangedFirmwareBody,
  FirmwareBody,
  ReleasedBody,
  SigningKeysBody,
} from "#shared/routes/firmwareRoutes.ts";

/** What the view of one version takes from the others and from the devices of the product. */
export interface FirmwareContext {
  /** All versions of the product. */
  readonly versions: readonly FirmwareVersion[];
  /** The number of devices that run each version. */
  readonly counts: ReadonlyMap<number, number>;
}

const isoTime = (ms: number): string => new Date(ms).toISOString();

/** An id of 24 hex digits, as Particle's API has them. */
const idOf = ({ product, version, uploadedAt }: FirmwareVersion): string =>
  createHash("sha256").update(`${product} ${version} ${uploadedAt}`).digest("hex").slice(0, 24);

/** A firmware version in Particle's format. */
export const firmwareView = (
  firmware: FirmwareVersion,
  { versions, counts }: FirmwareContext,
): FirmwareBody => {
  const { productDefault, byGroup } = assignmentsOf(versions);
  const { version } = firmware;
  return {
    _id: idOf(firmware),
    version,
    title: firmware.title,
    description: firmware.description,
    name: firmware.name,
    size: firmware.size,
    product_default: productDefault === version,
    uploaded_on: isoTime(firmware.uploadedAt),
    product_id: firmware.product,
    uploaded_by: { username: firmware.uploadedBy },
    groups: [...byGroup].flatMap(([group, of]) => (of === version ? [group] : [])).sort(),
    device_count: counts.get(version) ?? 0,
    mandatory: firmware.mandatory,
    sha256: firmware.sha256,
    signed: firmware.manifest !== undefined,
    released_at: firmware.releasedAt === undefined ? null : isoTime(firmware.releasedAt),
  };
};

/** The same as the reply of a change. */
export const changedFirmwareView = (
  firmware: FirmwareVersion,
  context: FirmwareContext,
): ChangedFirmwareBody => {
  const view = firmwareView(firmware, context);
  return { ...view, current: view.product_default };
};

/** The reply of a release. */
export const releasedView = (
  firmware: FirmwareVersion,
  release: { productDefault: boolean; groups: readonly string[]; intelligent: boolean; at: number },
): ReleasedBody => ({
  updated_at: isoTime(release.at),
  version: firmware.version,
  title: firmware.title,
  size: firmware.size,
  product_default: release.productDefault,
  uploaded_on: isoTime(firmware.uploadedAt),
  uploaded_at: isoTime(firmware.uploadedAt),
  product_id: firmware.product,
  uploaded_by: { username: firmware.uploadedBy },
  groups: [...release.groups],
  intelligent: release.intelligent,
});

/** The current keys of a product. */
export const signingKeysView = ({
  number,
  threshold,
  keys,
  expires,
}: KeyDocument): SigningKeysBody => ({
  number,
  threshold,
  keys: keys.map(({ id }) => id),
  expires: expires ?? null,
});
