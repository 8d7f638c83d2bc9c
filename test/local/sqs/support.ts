import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { JournalFiles } from "../../../local/journal/files.ts";
import type { Message } from "../../../local/sqs/engine/message.ts";
import type { Queue } from "../../../local/sqs/engine/queue.ts";
import {
  openSqsStore,
  type SqsStore,
  type StoreOptions,
} from "../../../local/sqs/store/openStore.ts";
import { checkQueues } from "../../../local/state/checkStores.ts";
import { openDiskSpace } from "../../../local/state/diskSpace.ts";

const id = "state-folder";

/** The queues of a state folder, in segments of a few messages, of which few are in memory. */
export const openQueues = (
  parent: string,
  options: Partial<StoreOptions> & { files?: JournalFiles } = {},
) => {
  const folder = join(parent, "sqs");
  mkdirSync(folder, { recursive: true });
  return openSqsStore({
    region: "us-east-1",
    account: "000000000000",
    folder,
    counterConfig: { id, counterFile: join(parent, "count"), from: 0 },
    durability: "process",
    space: openDiskSpace(),
    segmentBytes: 2_000,
    contentBytesMax: 1_000,
    onFatalError(error) {
      throw error;
    },
    ...options,
  });
};

/** The check of the start. */
export const checkFolder = (parent: string) =>
  checkQueues({ folder: join(parent, "sqs"), counterFile: join(parent, "count"), id });

/** The body of a message, in memory or in the journal. */
export const bodyOf = ({ log }: SqsStore, message: Message): string =>
  (message.content ?? log.read(message)).body;

/** The bodies of all messages, sorted, with their receive counts. */
export const contentsOf = (store: SqsStore, queue: Queue): string[] =>
  [...queue.messages.values()]
    .map((message) => `${bodyOf(store, message)} ${message.receives}`)
    .sort();
