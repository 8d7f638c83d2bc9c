import { rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { checkJournal, type IntactJournal } from "../../journal/checkJournal.ts";
import type { Durability } from "../../journal/durability.ts";
import type { JournalFiles } from "../../journal/files.ts";
import { Journal } from "../../journal/journal.ts";
import { releaseScanMemory, segmentName } from "../../journal/segment.ts";
import { type CounterConfig, openChangeCounter } from "../../state/changeCounter.ts";
import type { DiskSpace } from "../../state/diskSpace.ts";
import { type ChangeLog, noChangeLog } from "../engine/changeLog.ts";
import { SqsEngine } from "../engine/engine.ts";
import { queueRecord } from "../engine/queue.ts";
import { ReplayedState } from "./changeRecord.ts";
import { JournalLog } from "./journalLog.ts";

export interface StoreOptions {
  readonly region: string;
  readonly account: string;
  /** The persistent folder. Without it all data is in memory. */
  readonly folder?: string | undefined;
  readonly counterConfig?: CounterConfig | undefined;
  readonly durability: Durability;
  readonly space: DiskSpace;
  readonly onFatalError: (error: Error) => void;
  readonly files?: JournalFiles;
  readonly segmentBytes?: number;
  readonly contentBytesMax?: number;
}

/** An engine with its stored state. */
export interface SqsStore {
  readonly engine: SqsEngine;
  readonly log: ChangeLog;
  /** Stores all changes. */
  close(): Promise<void>;
}

/**
 * Opens the queues of a region. The folder must be intact (`local/state/checkStores.ts`): an
 * incomplete end of its journal was not acknowledged and is removed.
 */
export const openSqsStore = (options: StoreOptions): SqsStore => {
  const { folder } = options;
  if (folder !== undefined) return openJournalStore({ ...options, folder });
  const engine = new SqsEngine(noChangeLog, options);
  return { engine, log: noChangeLog, close: async () => engine.close() };
};

const openJournalStore = (options: StoreOptions & { folder: string }): SqsStore => {
  const { folder, counterConfig, segmentBytes } = options;
  const id = counterConfig?.id ?? "";
  const { found, replayed } = replayJournal(folder, id);
  for (const segment of found.unneeded) rmSync(join(folder, segmentName(segment)));
  const last = found.segments.at(-1);
  if (last !== undefined && last.intactBytes < last.fileBytes) {
    truncateSync(join(folder, segmentName(last.segment)), last.intactBytes);
  }
  const counter = counterConfig && openChangeCounter(counterConfig.counterFile, id, found.count);
  const state = (): object => ({
    queues: [...engine.queues()].map(queueRecord),
    lastSeq: engine.lastSeq,
  });
  const journal = new Journal({ ...options, id, counter, state }, found);
  const log = new JournalLog(journal, segmentBytes === undefined ? undefined : 2 * segmentBytes);
  const engine = new SqsEngine(log, options);
  engine.restore(replayed);
  for (const message of replayed.messages) log.adopt(message);
  return {
    engine,
    log,
    async close() {
      engine.close();
      await log.close();
      counter?.close();
    },
  };
};

/** In a function of its own: no closure of the open store refers to the messages of the start. */
const replayJournal = (
  folder: string,
  id: string,
): { found: IntactJournal; replayed: ReplayedState } => {
  const replayed = new ReplayedState();
  const found = checkJournal(folder, id, (payload, position, state) =>
    replayed.apply(payload, position, state),
  );
  releaseScanMemory();
  if ("damage" in found) throw new Error(`${folder} is damaged: ${found.damage}`);
  replayed.forgetSegments(found.dropped);
  return { found, replayed };
};
