import { readdir } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Log } from "../platform/log.ts";
import { removeFileAtomically, writeFileAtomically } from "../state/atomicWrite.ts";
import { isDiskFull } from "../state/diskFull.ts";
import { readStateFile } from "../state/stateFile.ts";
import { published } from "./notification.ts";

const file = z.strictObject({ subscriptionArn: z.string(), message: published });

/** A message for one subscriber that is not delivered yet. */
export type Pending = z.output<typeof file>;

/** The deliveries that are not finished, so that they continue after a restart. */
export interface Outbox {
  /**
   * Stores a delivery and returns a function that deletes it. A delivery that a full disk cannot
   * store is only in memory: a message about the full disk must leave the machine.
   */
  add(delivery: Pending): Promise<() => Promise<void>>;
  /** The deliveries of an earlier start, each with the function that deletes it. */
  read(): Promise<{ pending: Pending; remove: () => Promise<void> }[]>;
}

/** Opens the outbox of a folder, with one file for each delivery. */
export const openOutbox = (folder: string, log: Log): Outbox => {
  const remover = (path: string) => () => removeFileAtomically(path);
  return {
    async add(delivery) {
      const path = join(folder, `${crypto.randomUUID()}.json`);
      try {
        await writeFileAtomically(path, JSON.stringify(delivery));
        return remover(path);
      } catch (error) {
        if (!isDiskFull(error)) throw error;
        log("notification not stored", { subscription: delivery.subscriptionArn }, "warn");
        return async () => {};
      }
    },
    async read() {
      const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
      const found = await Promise.all(
        names.map(async (name) => {
          const path = join(folder, name);
          const pending = await readStateFile(path, file);
          return pending === undefined ? [] : [{ pending, remove: remover(path) }];
        }),
      );
      return found.flat();
    },
  };
};
