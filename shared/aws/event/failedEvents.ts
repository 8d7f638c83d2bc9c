import * as z from "zod/mini";
import { shortHash } from "../../event/deviceEvent.ts";
import type { FailedEvents } from "../../event/ports.ts";
import { parseJson } from "../../platform/parseJson.ts";
import { openBuckets } from "../platform/clients.ts";
import { deleteObjects, listKeys } from "../platform/objects.ts";

/**
 * The message of a rule's error action:
 * https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
 */
const envelope = z.object({ topic: z.string(), base64OriginalPayload: z.base64() });

/**
 * `topic()` in SQL omits this prefix. AWS does not document whether `topic` in the error message
 * does.
 */
const basicIngest = /^\$aws\/rules\/[^/]+\//;

/**
 * The rules whose failed messages are recovered, with the keys `<kind>/<milliseconds>-<uuid>.json`.
 */
export type FailedKind = "events" | "presence" | "updates";

/** Failed events of one kind, in the S3 bucket of the rules' error actions. */
export const s3FailedEvents = (bucket: string, kind: FailedKind): FailedEvents => {
  const prefix = `${kind}/`;
  const keyPattern = new RegExp(`^${prefix}(\\d{1,15})-`);
  const buckets = openBuckets();
  return {
    list: (max) => listKeys(buckets, bucket, { prefix, max }),

    async read(key) {
      const text = (await buckets.get({ bucket, key })).toString();
      const receivedAt = Number(keyPattern.exec(key)?.[1]);
      const parsed = envelope.safeParse(parseJson(text));
      if (!parsed.success || Number.isNaN(receivedAt)) return undefined;
      const { base64OriginalPayload: data } = parsed.data;
      const topic = parsed.data.topic.replace(basicIngest, "");
      // An object that is recovered twice has the same event id.
      const id = shortHash(key);
      return { topic, receivedAt, id, data };
    },

    // Fails unless all objects are removed: the others would be recovered again.
    remove: (keys) => deleteObjects(buckets, bucket, keys),

    async setAside(key) {
      await buckets.copy({ bucket, key, to: `unreadable/${key}` });
      await buckets.delete({ bucket, key });
    },
  };
};
