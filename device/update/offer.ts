import { keyDocumentsMax, releaseCharsMax, updateDelayMsMax, urlCharsMax } from "../limits.ts";

/** A command of the cloud about the firmware. */
export type UpdateCommand =
  | { readonly command: "update"; readonly offer: UpdateOffer }
  | { readonly command: "rollback" | "cancel_update"; readonly release: string };

/** The offer of an image. Only its manifest is signed: the other fields are checked against it. */
export interface UpdateOffer {
  readonly release: string;
  readonly product?: number | undefined;
  readonly version?: number | undefined;
  readonly size?: number | undefined;
  /** Hex. */
  readonly sha256?: string | undefined;
  /** The envelope of the manifest. Absent if the image is not signed. */
  readonly manifest?: unknown;
  /** Envelopes of newer key documents. */
  readonly keys: readonly unknown[];
  /** Absent if the image can be downloaded only in blocks. */
  readonly url?: string | undefined;
  /** Milliseconds since 1970. */
  readonly urlExpiresAt?: number | undefined;
  /** The device waits for a random time up to this before it downloads. */
  readonly delayMs: number;
  /** The application is not asked. */
  readonly forced: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads a command about the firmware from a message. Returns `undefined` for any other message. */
export const parseUpdateCommand = (message: Fields): UpdateCommand | undefined => {
  const { command, release } = message;
  if (typeof release !== "string" || release === "" || release.length > releaseCharsMax) {
    return undefined;
  }
  if (command === "rollback" || command === "cancel_update") return { command, release };
  if (command !== "update") return undefined;
  return { command, offer: parseOffer(release, message) };
};

/** Reads an offer from its fields in a message, or as the device has stored it. */
export const parseOffer = (release: string, fields: Fields): UpdateOffer => {
  const { manifest, keys, sha256, url, delay } = fields;
  const delayMs = typeof delay === "number" && delay > 0 ? delay : 0;
  return {
    release,
    product: numberOf(fields.product),
    version: numberOf(fields.version),
    size: numberOf(fields.size),
    sha256: typeof sha256 === "string" ? sha256 : undefined,
    manifest,
    keys: Array.isArray(keys) ? keys.slice(0, keyDocumentsMax + 1) : [],
    url: typeof url === "string" && url.length <= urlCharsMax ? url : undefined,
    urlExpiresAt: numberOf(fields.url_expires_at),
    delayMs: Math.min(delayMs, updateDelayMsMax),
    forced: fields.forced === true,
  };
};

/** The fields of an offer as in a message, without key documents, which the device has walked. */
export const writeOffer = (offer: UpdateOffer): Fields => ({
  product: offer.product,
  version: offer.version,
  size: offer.size,
  sha256: offer.sha256,
  manifest: offer.manifest,
  url: offer.url,
  url_expires_at: offer.urlExpiresAt,
  delay: offer.delayMs,
  forced: offer.forced,
});

const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;
