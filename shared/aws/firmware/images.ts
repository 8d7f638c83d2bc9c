import type { Images } from "../../firmware/images.ts";
import type { Buckets } from "../call/buckets.ts";
import { isServiceError } from "../call/call.ts";
import { crossRegionObjectRetry, largeObjectRetry, openBuckets } from "../platform/clients.ts";

interface ImageBuckets {
  readonly region: string;
  /** All regions with a bucket. */
  readonly regions: readonly string[];
  /** The name of each bucket without its region. */
  readonly prefix: string;
}

/** The key of an image in its bucket. */
export const imageKey = (sha256: string): string => `images/${sha256}`;

/** The bucket of images of a region. */
export const imageBucket = ({ prefix }: Pick<ImageBuckets, "prefix">, region: string): string =>
  `${prefix}${region}`;

interface Place {
  readonly region: string;
  readonly buckets: Buckets;
  readonly bucket: string;
}

/** Images in a bucket of each region. */
export const s3Images = (
  options: ImageBuckets,
  onError: (what: string, error: unknown) => void,
): Images => {
  const placeOf = (region: string, buckets: Buckets): Place => ({
    region,
    buckets,
    bucket: imageBucket(options, region),
  });
  const here = placeOf(options.region, openBuckets(largeObjectRetry));
  const elsewhere = options.regions
    .filter((region) => region !== options.region)
    .map((region) => placeOf(region, openBuckets(crossRegionObjectRetry, region)));
  const store = ({ buckets, bucket }: Place, sha256: string, body: Uint8Array): Promise<void> =>
    buckets.put({ bucket, key: imageKey(sha256), body });
  return {
    put: (sha256, bytes) => store(here, sha256, bytes),

    async putElsewhere(sha256, bytes) {
      const results = await Promise.all(
        elsewhere.map(async (place) => {
          try {
            await store(place, sha256, bytes);
            return undefined;
          } catch (error) {
            onError(`an image was not stored in ${place.region}`, error);
            return place.region;
          }
        }),
      );
      return results.filter((region) => region !== undefined);
    },

    async get(sha256) {
      let problem: { readonly error: unknown } | undefined;
      for (const { buckets, bucket } of [here, ...elsewhere]) {
        try {
          return await buckets.get({ bucket, key: imageKey(sha256) });
        } catch (error) {
          if (!isServiceError(error, "NoSuchKey")) problem ??= { error };
        }
      }
      if (problem !== undefined) throw problem.error;
      return undefined;
    },

    async remove(sha256) {
      await Promise.all(
        [here, ...elsewhere].map(({ buckets, bucket }) =>
          buckets.delete({ bucket, key: imageKey(sha256) }),
        ),
      );
    },
  };
};
