import { CopyObjectCommand, DeleteObjectCommand, GetObjectCommand } from "@aws-sdk/client-s3";
import * as z from "zod";
import { shortHash } from "../../event/deviceEvent.ts";
import type { FailedEvents } from "../../event/ports.ts";
import { parseJson } from "../../platform/parseJson.ts";
import { openBuckets } from "../platform/buckets.ts";
import { listKeys } from "../platform/listKeys.ts";
import { removeObjects } from "../platform/removeObjects.ts";

/** What IoT Core hands an error action: https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html */
const envelope = z.object({ topic: z.string(), base64OriginalPayload: z.base64() });

/** The SQL's `topic()` is without it; whether the envelope's `topic` is, AWS does not say. */
const basicIngest = /^\$aws\/rules\/[^/]+\//;

/** What failed of a device's events, and of what is said of its connection: `<kind>/<milliseconds>-<uuid>.json`. */
export type FailedKind = "events" | "presence";

/** Events of a kind in the bucket of the rules' error actions. */
export const s3FailedEvents = (bucket: string, kind: FailedKind): FailedEvents => {
  const prefix = `${kind}/`;
  const keyPattern = new RegExp(`^${prefix}(\\d{1,15})-`);
  const s3 = openBuckets();
  return {
    list: (max) => listKeys(s3, bucket, { prefix, max }),

    async read(key) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const text = await Body?.transformToString("utf8");
      const receivedAt = Number(keyPattern.exec(key)?.[1]);
      const parsed = envelope.safeParse(parseJson(text ?? ""));
      if (!parsed.success || Number.isNaN(receivedAt)) return undefined;
      const { base64OriginalPayload: data } = parsed.data;
      const topic = parsed.data.topic.replace(basicIngest, "");
      // The same object is the same event, however often it is brought back.
      const id = shortHash(key);
      return { topic, receivedAt, id, data };
    },

    // What stays would be brought back again and again.
    remove: (keys) => removeObjects(s3, bucket, keys),

    async setAside(key) {
      const CopySource = `${bucket}/${encodeURIComponent(key)}`;
      await s3.send(
        new CopyObjectCommand({ Bucket: bucket, CopySource, Key: `unreadable/${key}` }),
      );
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
  };
};
