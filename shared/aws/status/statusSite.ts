import { parseJson } from "../../platform/parseJson.ts";
import { type StatusSite, siteState } from "../../status/statusSite.ts";
import type { Buckets } from "../call/buckets.ts";
import { isServiceError } from "../call/call.ts";

/** Only objects with this prefix are public. */
const publicPrefix = "public/";
const stateKey = "state.json";

/** The status page in a bucket. Its state is beside the public files. */
export const s3StatusSite = (buckets: Buckets, bucket: string): StatusSite => ({
  async readState() {
    try {
      const body = await buckets.get({ bucket, key: stateKey });
      return siteState.safeParse(parseJson(body.toString("utf8"))).data;
    } catch (error) {
      if (isServiceError(error, "NoSuchKey")) return undefined;
      throw error;
    }
  },

  async putState(state) {
    const body = Buffer.from(JSON.stringify(state));
    await buckets.put({ bucket, key: stateKey, body, type: "application/json" });
  },

  async putFile({ path, type, body }) {
    await buckets.put({ bucket, key: `${publicPrefix}${path}`, body: Buffer.from(body), type });
  },
});
