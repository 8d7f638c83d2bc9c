import type { QuietQueueWait } from "../../start/options.ts";
import { machineLoad } from "../environment/machineLoad.ts";
import type { Pool } from "../environment/pool.ts";
import { batchesComputingFractionMin, quietQueueWaitSecondsMax } from "../limits.ts";
import { type Admission, createAdmission } from "./admission.ts";
import { EventSourceMapping, type EventSourceMappingDeps } from "./eventSourceMapping.ts";
import type { EventSourceMappingRequest } from "./eventSourceMappingProvider.ts";

export interface MappingOptions extends Pick<EventSourceMappingDeps, "queues" | "log"> {
  /** The base URL of SQS; a queue's URL appends the account and the queue name. */
  readonly queuesUrl: string;
  /** How long a batch window may wait on a quiet queue; default: for its own time. */
  readonly quietQueueWait?: QuietQueueWait | undefined;
}

/** All event source mappings. */
export interface Mappings {
  /** Admits events of devices to the queues of functions. */
  readonly admission: Pick<Admission, "admit">;
  /** Opens a mapping for each request with its pool. */
  open(requests: readonly (readonly [EventSourceMappingRequest, Pool])[]): void;
  /** Stops receiving messages. Resolves when the batches in progress have ended. */
  stop(): Promise<void>;
}

export const createMappings = (options: MappingOptions): Mappings => {
  const load = machineLoad();
  const opened = new Map<EventSourceMapping, Pool>();
  const admission = createAdmission({
    backlog: () => [...opened.keys()].reduce((sum, { backlog }) => sum + backlog, 0),
    isBusy: () =>
      load.isBusy ||
      [...opened.values()].some((pool) => pool.computingFraction >= batchesComputingFractionMin),
  });
  return {
    admission,
    open(requests) {
      for (const [request, pool] of requests) {
        const all = requests.flatMap(([each, of]) => (of === pool ? [each.concurrencyMax] : []));
        const share = shareOf(request.concurrencyMax, all);
        const mapping = newMapping({ ...request, share }, pool, options);
        opened.set(mapping, pool);
        mapping.open();
      }
    },
    async stop() {
      const stopped = [...opened.keys()];
      opened.clear();
      // Nothing processes the messages that wait now.
      admission.release();
      await Promise.all(stopped.map((mapping) => mapping.stop()));
    },
  };
};

/** The fraction of the capacity of the function's largest mapping. */
const shareOf = (concurrencyMax: number, all: readonly number[]): number => {
  const largest = Math.max(...all);
  return concurrencyMax === largest ? 1 : concurrencyMax / largest;
};

const newMapping = (
  request: EventSourceMappingRequest & { readonly share: number },
  pool: Pool,
  { queues, queuesUrl, quietQueueWait, log }: MappingOptions,
): EventSourceMapping => {
  const { config, queueArn, concurrencyMax, ...batching } = request;
  const [account = "", queueName = ""] = queueArn.split(":").slice(4);
  return new EventSourceMapping(
    {
      ...batching,
      functionName: config.name,
      source: { arn: queueArn, region: config.region },
      queueUrl: `${queuesUrl}/${account}/${queueName}`,
      concurrencyMax: Math.min(concurrencyMax, pool.environmentsMax),
      quietWaitSeconds: quietQueueWait === "aws" ? quietQueueWaitSecondsMax : 0,
    },
    {
      queues,
      log,
      run: (payload) => pool.run({ payload, waits: true, isBatch: true }),
      isBehind: () => pool.isBehind,
      ensureFree: () => pool.ensureFree(),
      startsQuickly: () => pool.startsQuickly,
      computingFraction: () => pool.computingFraction,
    },
  );
};
