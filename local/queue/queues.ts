import type { InterceptorState } from "../fault/interceptor.ts";
import type { Credentials } from "../http/signature.ts";
import type { Log } from "../platform/log.ts";
import { openUsageMeter, type UsageMeter } from "../platform/usageMeter.ts";
import type { CounterConfig } from "../state/changeCounter.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import type { ResourceProvider } from "../template/resourceProvider.ts";
import { startServiceThread } from "../thread/serviceThread.ts";
import { bucketProvider } from "./bucketProvider.ts";
import { queueProvider } from "./queueProvider.ts";
import { type S3Client, s3Client } from "./s3Client.ts";
import { type SqsClient, sqsClient } from "./sqsClient.ts";

/** SQS and S3 of one region. */
export interface Queues {
  readonly url: string;
  readonly providers: ResourceProvider[];
  readonly sqs: SqsClient;
  readonly s3: S3Client;
  setInterceptor(state: InterceptorState): Promise<void>;
  /** Makes messages in flight visible, since their receivers no longer exist. */
  release(): Promise<void>;
  stop(): Promise<void>;
}

export interface QueuesOptions {
  readonly region: string;
  /** The accepted credentials. */
  readonly credentials: Credentials;
  /** The persistent folder. Without it all data is in memory, which is faster. */
  readonly folder?: string | undefined;
  readonly counterConfig?: CounterConfig | undefined;
  readonly usageMeter?: UsageMeter;
  readonly space?: DiskSpace;
  readonly log?: Log;
  readonly onFatalError: (error: Error) => void;
}

/** Starts SQS and S3 in their own thread, so that they do not delay the broker. */
export const startQueues = async (options: QueuesOptions): Promise<Queues> => {
  const { region, credentials, folder, counterConfig, log, onFatalError } = options;
  const { usageMeter = openUsageMeter(), space = openDiskSpace() } = options;
  const file = new URL("./queueThread.ts", import.meta.url);
  const data = {
    region,
    credentials,
    folder,
    counterConfig,
    usageMeter: usageMeter.memory,
    space: space.memory,
  };
  const thread = await startServiceThread({ file, data, log, onFatalError });
  const { url } = thread;
  const signing = (service: string) => ({ credentials, region, service });
  const sqs = withSpace(sqsClient(url, signing("sqs")), space);
  const s3 = s3Client(url, signing("s3"));
  return {
    url,
    providers: [queueProvider(url, signing("sqs")), bucketProvider(s3)],
    sqs,
    s3,
    async setInterceptor(interceptor) {
      await thread.ask({ interceptor });
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

/**
 * Receives no messages while the disk is full: the functions would fail. Deletions wait for space.
 */
const withSpace = (sqs: SqsClient, space: DiskSpace): SqsClient => ({
  ...sqs,
  async receive(queueUrl, options) {
    await space.waitForSpace(options.signal && { signal: options.signal });
    return await sqs.receive(queueUrl, options);
  },
  async deleteBatch(queueUrl, receiptHandles) {
    await space.waitForSpace();
    await sqs.deleteBatch(queueUrl, receiptHandles);
  },
});
