import type { FirmwareVersions } from "../../firmware/firmwareVersion.ts";
import type { ImageDownloads } from "../../firmware/imageDownloads.ts";
import { keyDocumentsPerCommandMax } from "../../firmware/limits.ts";
import type { Envelope } from "../../firmware/signing/envelope.ts";
import type { KeyDocuments } from "../../firmware/signing/keyDocument.ts";
import { BoundedMap } from "../../platform/boundedMap.ts";
import { Failure } from "../../platform/failure.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import type { Release } from "../model/release.ts";
import type { DownloadPace } from "./downloadPace.ts";
import {
  imageUrlSeconds,
  offerBytesMax,
  offeredVersionFreshMs,
  offeredVersionsCachedMax,
} from "./limits.ts";
import type { UpdateCommand } from "./updateCommands.ts";

interface Deps {
  readonly versions: Pick<FirmwareVersions, "find">;
  readonly keys: Pick<KeyDocuments, "list">;
  readonly downloads: Pick<ImageDownloads, "url">;
  readonly pace: DownloadPace;
  readonly now: () => number;
}

/** Makes the offer of a release for a device that holds this key document, if it reported one. */
export type MakeOffer = (release: Release, keyDocument?: number) => Promise<UpdateCommand>;

/**
 * Offers with fresh URLs. The manifest and the keys are cached: a herd of devices costs a read of
 * them every `offeredVersionFreshMs`. Fails with `unavailable` if no region that responds has the
 * image.
 */
export const createOffers = (deps: Deps): MakeOffer => {
  const { downloads, pace, now } = deps;
  const known = new BoundedMap<
    string,
    { readonly signed: Promise<Signed>; readonly until: number }
  >(offeredVersionsCachedMax);
  const signedOf = (release: Release): Promise<Signed> => {
    const key = `${release.product} ${release.version}`;
    const found = known.get(key);
    const fresh = { now: now(), ms: offeredVersionFreshMs };
    if (found !== undefined && isUnexpired(found.until, fresh)) return found.signed;
    const signed = readSigned(release, deps);
    known.set(key, { signed, until: now() + offeredVersionFreshMs });
    // A failed read is not kept.
    signed.catch(() => known.delete(key));
    return signed;
  };
  return async (release, keyDocument) => {
    const { id, product, version, forced, image } = release;
    const { sha256, size } = image;
    const [signed, url] = await Promise.all([
      signedOf(release),
      downloads.url(sha256, imageUrlSeconds),
    ]);
    if (url === undefined) {
      throw new Failure(`no region has the image ${sha256}`, { code: "unavailable" });
    }
    const { manifest } = signed;
    const offer = {
      ...{ command: "update" as const, release: id, product, version },
      ...(manifest && { manifest }),
      ...{ keys: [], size, sha256, url: url.url, url_expires_at: url.expiresAt },
      ...{ delay: pace(now()), forced },
    };
    const room = offerBytesMax - Buffer.byteLength(JSON.stringify(offer));
    return { ...offer, keys: keysAfter(signed.keys, keyDocument, room) };
  };
};

/** What is signed of a firmware version: its manifest, and the key documents of its product. */
interface Signed {
  readonly manifest: Envelope | undefined;
  readonly keys: readonly Envelope[];
}

const readSigned = async (
  { product, version, image }: Release,
  { versions, keys }: Deps,
): Promise<Signed> => {
  const [found, documents] = await Promise.all([
    versions.find(product, version),
    keys.list(product),
  ]);
  if (found === undefined || found.sha256 !== image.sha256) {
    throw new Failure(`the firmware version ${version} of product ${product} is missing`, {
      code: "unavailable",
    });
  }
  return { manifest: found.manifest, keys: documents };
};

/**
 * The documents after a device's own, oldest first, as many as a command carries; for a device that
 * has not reported its own, the newest ones. A device ignores those that it has.
 */
const keysAfter = (
  keys: readonly Envelope[],
  own: number | undefined,
  room: number,
): Envelope[] => {
  const chosen: Envelope[] = [];
  let bytes = 0;
  const from = own ?? Math.max(0, keys.length - keyDocumentsPerCommandMax);
  for (const each of keys.slice(from, from + keyDocumentsPerCommandMax)) {
    bytes += Buffer.byteLength(JSON.stringify(each)) + 1;
    if (bytes > room) break;
    chosen.push(each);
  }
  return chosen;
};
