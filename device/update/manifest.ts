import { parseObject } from "../platform/json.ts";
import { countSigners, parseEnvelope } from "./envelope.ts";
import type { KeyDocument } from "./keyDocument.ts";
import { UpdateFailure } from "./updateFailure.ts";

const payloadType = "application/vnd.godwit.firmware+json";

/** The signed statement of the owner about an image. */
export interface Manifest {
  readonly product: number;
  readonly version: number;
  /** Bytes. */
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
  /** Rises with each signed image. A device refuses a lower one than it has installed. */
  readonly sequence: number;
  /** Lowest version from which a device may update. */
  readonly minimumVersion: number | undefined;
  readonly platform: string | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Reads a manifest from its envelope. Throws an `UpdateFailure` if it is missing (`unsigned`), or
 * malformed or not signed by the threshold of the keys (`wrong_signature`).
 */
export const readManifest = (given: unknown, keys: KeyDocument): Manifest => {
  if (given === undefined || given === null) {
    throw new UpdateFailure("unsigned", "the image is not signed");
  }
  const envelope = parseEnvelope(given);
  if (envelope === undefined || envelope.payloadType !== payloadType) {
    throw new UpdateFailure("wrong_signature", "the manifest is malformed");
  }
  if (countSigners(envelope, keys.keys) < keys.threshold) {
    const reason = `the manifest needs ${keys.threshold} valid signatures of key document ${keys.number}`;
    throw new UpdateFailure("wrong_signature", reason);
  }
  const manifest = parsePayload(envelope.payload);
  if (manifest === undefined) {
    throw new UpdateFailure("wrong_signature", "the signed manifest has invalid fields");
  }
  return manifest;
};

const parsePayload = (payload: Buffer): Manifest | undefined => {
  const fields = parseObject(payload.toString("utf8")) ?? {};
  const { product, version, size, sha256, sequence, expires } = fields;
  const { minimum_version: minimumVersion, platform } = fields;
  if (!isWhole(product) || !isWhole(version) || !isWhole(size) || !isWhole(sequence)) {
    return undefined;
  }
  if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256) || size === 0) return undefined;
  if (minimumVersion !== undefined && !isWhole(minimumVersion)) return undefined;
  if (platform !== undefined && typeof platform !== "string") return undefined;
  const expiresAt = typeof expires === "string" ? Date.parse(expires) : Number.NaN;
  if (Number.isNaN(expiresAt)) return undefined;
  return { product, version, size, sha256, sequence, minimumVersion, platform, expiresAt };
};

const isWhole = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
