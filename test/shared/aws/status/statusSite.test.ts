import { openBuckets } from "#shared/aws/platform/clients.ts";
import { s3StatusSite } from "#shared/aws/status/statusSite.ts";
import { startQueuesAndBuckets } from "../../../contracts/emulators.ts";
import { statusSiteContract } from "../../../contracts/status/statusSite.ts";

const { newBucket } = await startQueuesAndBuckets();

statusSiteContract(async () => {
  const buckets = openBuckets();
  const bucket = await newBucket();
  return {
    site: s3StatusSite(buckets, bucket),
    read: async (path) => {
      const key = `public/${path}`;
      const { keys } = await buckets.list({ bucket, prefix: key, max: 1 });
      return keys.includes(key) ? (await buckets.get({ bucket, key })).toString() : undefined;
    },
  };
});
