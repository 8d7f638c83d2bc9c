import { dynamoHeartbeats } from "#shared/aws/paging/heartbeats.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { env } from "#shared/platform/env.ts";

const names = env.watcher.parse(process.env);
const heartbeats = dynamoHeartbeats(openTables(), names.OPERATIONS_TABLE);

/** Records that this region is alive. */
export const handler = async (): Promise<void> =>
  heartbeats.record({ from: names.AWS_REGION, by: names.AWS_REGION, at: Date.now() });
