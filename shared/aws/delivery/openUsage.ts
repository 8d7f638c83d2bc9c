import { noOpenUsage, type OpenUsageStore, openUsage } from "../../ledger/usage/ports.ts";
import type { Buckets } from "../call/buckets.ts";
import { gzippedObjects } from "../platform/objects.ts";

const key = "ledger/usage";

/** Keeps the open work of the meter as an object in the bucket of records. */
export const s3OpenUsage = (buckets: Buckets, bucket: string): OpenUsageStore => {
  const { get, put } = gzippedObjects(buckets, bucket);
  return {
    async read() {
      const [stored] = await get(key);
      return stored === undefined ? noOpenUsage : openUsage.parse(stored);
    },
    put: (open) => put(key, [open]),
  };
};
