import type { DoorState } from "../fault/door.ts";
import type { Credentials } from "../http/signature.ts";
import type { Log } from "../log.ts";
import type { ResourceKind } from "../resource.ts";
import { startServiceThread } from "../serviceThread.ts";
import type { Stored } from "../state/counter.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import { openTally, type Tally } from "../tally.ts";
import { bucketKind } from "./bucketKind.ts";
import { queueKind } from "./queueKind.ts";
import { type S3Client, s3Client } from "./s3Client.ts";
import { type SqsClient, sqsClient } from "./sqsClient.ts";

/** SQS and S3 of the local cloud. */
export interface Queues {
  readonly url: string;
  readonly kinds: ResourceKind[];
  readonly sqs: SqsClient;
  readonly s3: S3Client;
  setDoor(state: DoorState): Promise<void>;
  /** Makes visible what is in flight: its receivers are no more. */
  release(): Promise<void>;
  stop(): Promise<void>;
}

export interface QueuesOptions {
  readonly region: string;
  /** Who may ask. */
  readonly credentials: Credentials;
  /** Where to keep everything. Without it everything is in memory, which is faster. */
  readonly folder?: string | undefined;
  readonly stored?: Stored | undefined;
  readonly tally?: Tally;
  readonly space?: DiskSpace;
  readonly log?: Log;
  readonly onDeath: (error: Error) => void;
}

/** Starts SQS and S3 in a thread of their own: their work would hold up the broker's. */
export const startQueues = async (options: QueuesOptions): Promise<Queues> => {
  const { region, credentials, folder, stored, log, onDeath } = options;
  const { tally = openTally(), space = openDiskSpace() } = options;
  const file = new URL("./queueThread.ts", import.meta.url);
  const data = { region, credentials, folder, stored, tally: tally.memory, space: space.memory };
  const thread = await startServiceThread({ file, data, log, onDeath });
  const { url } = thread;
  const signing = (service: string) => ({ credentials, region, service });
  const sqs = withSpace(sqsClient(url, signing("sqs")), space);
  const s3 = s3Client(url, signing("s3"));
  return {
    url,
    kinds: [queueKind(url, signing("sqs")), bucketKind(s3)],
    sqs,
    s3,
    async setDoor(door) {
      await thread.ask({ door });
    },
    async release() {
      await thread.ask({ release: true });
    },
    async stop() {
      sqs.close();
      s3.close();
      await thread.stop();
    },
  };
};

/** Takes no messages while the disk is full: functions could only fail on them. What they did before is told when there is space. */
const withSpace = (sqs: SqsClient, space: DiskSpace): SqsClient => ({
  ...sqs,
  async receive(queueUrl, options) {
    await space.freed(options.signal && { signal: options.signal });
    return await sqs.receive(queueUrl, options);
  },
  async deleteBatch(queueUrl, receiptHandles) {
    await space.freed();
    await sqs.deleteBatch(queueUrl, receiptHandles);
  },
});
