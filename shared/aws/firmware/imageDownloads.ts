import type { ImageDownloads } from "../../firmware/imageDownloads.ts";
import { imagesKnownMax, imagesKnownMs } from "../../firmware/limits.ts";
import { functionCredentials, presignObject } from "../../platform/awsSignature.ts";
import { BoundedMap } from "../../platform/boundedMap.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import { type Buckets, objectPath } from "../call/buckets.ts";
import { isServiceError } from "../call/call.ts";
import { endpointOf } from "../call/endpoint.ts";
import { crossRegionRetry, openBuckets, standardRetry } from "../platform/clients.ts";
import { imageBucket, imageKey } from "./images.ts";

interface ImageBuckets {
  readonly region: string;
  /** All regions with a bucket. */
  readonly regions: readonly string[];
  /** The name of each bucket without its region. */
  readonly prefix: string;
  /** `amazon`, or the URL of S3 with TLS on one machine, for all regions. */
  readonly endpoint: string;
}

interface Place {
  readonly region: string;
  readonly buckets: Buckets;
  readonly bucket: string;
}

/**
 * Images in the buckets of all regions. A worker asks S3 once in a while whether a region has an
 * image: a URL of a missing object would fail on the device.
 */
export const s3ImageDownloads = (
  { region: own, regions, prefix, endpoint }: ImageBuckets,
  now: () => number = Date.now,
): ImageDownloads => {
  const places = [own, ...regions.filter((region) => region !== own)].map((region): Place => {
    const buckets =
      region === own ? openBuckets(standardRetry) : openBuckets(crossRegionRetry, region);
    return { region, buckets, bucket: imageBucket({ prefix }, region) };
  });
  const known = new BoundedMap<string, { readonly place: Place; readonly until: number }>(
    imagesKnownMax,
  );
  const placeOf = async (sha256: string): Promise<Place | undefined> => {
    const found = known.get(sha256);
    if (found !== undefined && isUnexpired(found.until, { now: now(), ms: imagesKnownMs })) {
      return found.place;
    }
    const place = await firstOf(places, async (each) => {
      const exists = await each.buckets.has({ bucket: each.bucket, key: imageKey(sha256) });
      return exists ? each : undefined;
    });
    if (place !== undefined) known.set(sha256, { place, until: now() + imagesKnownMs });
    return place;
  };
  return {
    async url(sha256, seconds) {
      const place = await placeOf(sha256);
      if (place === undefined) return undefined;
      const { region, bucket } = place;
      const host = endpoint === "amazon" ? amazonEndpoint(region) : endpoint;
      const url = new URL(`${host}${objectPath({ bucket, key: imageKey(sha256) })}`);
      const credentials = functionCredentials();
      const signedAt = now();
      const signed = presignObject(url, { region, credentials, seconds, now: signedAt });
      return { url: signed.href, expiresAt: signedAt + seconds * 1_000 };
    },
    read: (sha256, offset, length) =>
      firstOf(places, ({ buckets, bucket }) =>
        readRange(buckets, { bucket, key: imageKey(sha256), offset, length }),
      ),
  };
};

/** Without the variables that replace endpoints: a device has the address of AWS. */
const amazonEndpoint = (region: string): string => endpointOf("", "s3", region);

/**
 * The first result of a region that has the image. Fails with the first error if no region has it
 * and one has failed.
 */
const firstOf = async <Result>(
  places: readonly Place[],
  ask: (place: Place) => Promise<Result | undefined>,
): Promise<Result | undefined> => {
  let problem: { readonly error: unknown } | undefined;
  for (const place of places) {
    try {
      const result = await ask(place);
      if (result !== undefined) return result;
    } catch (error) {
      problem ??= { error };
    }
  }
  if (problem !== undefined) throw problem.error;
  return undefined;
};

const readRange = async (
  buckets: Buckets,
  range: Parameters<Buckets["getRange"]>[0],
): Promise<Uint8Array | undefined> => {
  try {
    return await buckets.getRange(range);
  } catch (error) {
    if (isServiceError(error, "NoSuchKey")) return undefined;
    throw error;
  }
};
