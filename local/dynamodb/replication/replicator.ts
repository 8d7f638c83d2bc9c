import type { MessagePort } from "node:worker_threads";
import * as z from "zod";
import { stampMs } from "./hybridClock.ts";
import { batchRowsMax, checkEveryMs, lagMsDefault, lagMsMax } from "./limits.ts";
import { type Change, change, type Replica } from "./replica.ts";

/** The replication settings of a region. */
export const replication = z.strictObject({
  /**
   * `paused`: changes of this region wait. `cut`: changes of other regions are rejected as well.
   */
  state: z.enum(["running", "paused", "cut"]),
  lagMs: z.int().min(0).max(lagMsMax),
});

export type Replication = Readonly<z.output<typeof replication>>;

export const replicationDefault: Replication = { state: "running", lagMs: lagMsDefault };

/** Sends this region's changes to the other regions and applies theirs. */
export interface Replicator {
  /** `port` connects to the replicator of another region. */
  connect(region: string, port: MessagePort): void;
  set(replication: Replication): void;
  /** Reports how long the oldest waiting row of each table has waited. */
  measureWaiting(): void;
  /** Number of waiting rows, by region. */
  backlog(): Record<string, number>;
  stop(): Promise<void>;
}

interface ReplicatorDeps {
  readonly replica: Replica;
  /** Whether the region's tables are stopped: it neither sends nor applies changes then. */
  readonly isStopped: () => boolean;
  readonly now: () => number;
  /** Receives the time that a row took to another region, or has waited for so far, in ms. */
  readonly onReplicated?: (table: string, region: string, ms: number) => void;
}

const message = z.union([z.object({ changes: z.array(change) }), z.object({ taken: z.boolean() })]);

/**
 * Opens a region's replicator. Each link sends one batch at a time and waits until it is applied.
 */
export const openReplicator = ({
  replica,
  isStopped,
  now,
  onReplicated = () => {},
}: ReplicatorDeps): Replicator => {
  let { state, lagMs } = replicationDefault;
  const links = new Map<string, Link>();
  const step = async (region: string, link: Link): Promise<void> => {
    for (;;) {
      if (isStopped() || state !== "running") return;
      const changes = replica.pendingChanges(region, {
        before: now() - lagMs,
        max: batchRowsMax,
      });
      if (changes.length === 0 || !(await link.send(changes))) return;
      for (const { table, stamp } of changes) {
        const writtenAt = stampMs(stamp);
        // A row that is older than its replica has no time.
        if (writtenAt > 0) onReplicated(table, region, now() - writtenAt);
      }
      await replica.acknowledge(region, changes);
    }
  };
  const apply = async (changes: readonly Change[]): Promise<boolean> => {
    if (isStopped() || state === "cut") return false;
    return await replica.apply(changes);
  };
  const working = new Map<string, Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  const check = (): void => {
    for (const [region, link] of links) {
      if (working.has(region) || replica.backlog(region) === 0) continue;
      working.set(
        region,
        step(region, link).finally(() => working.delete(region)),
      );
    }
  };
  return {
    connect(region, port) {
      links.set(region, openLink(port, apply));
      // A single region has nothing to check.
      timer ??= setInterval(check, checkEveryMs);
    },
    set(next) {
      ({ state, lagMs } = next);
    },
    measureWaiting() {
      for (const region of links.keys()) {
        for (const [table, at] of replica.oldestWaiting(region)) {
          onReplicated(table, region, now() - at);
        }
      }
    },
    backlog: () =>
      Object.fromEntries([...links.keys()].map((region) => [region, replica.backlog(region)])),
    async stop() {
      clearInterval(timer);
      for (const link of links.values()) link.close();
      await Promise.all(working.values());
    },
  };
};

interface Link {
  /** Resolves with whether the other region has applied the changes. */
  send(changes: readonly Change[]): Promise<boolean>;
  close(): void;
}

const openLink = (
  port: MessagePort,
  apply: (changes: readonly Change[]) => Promise<boolean>,
): Link => {
  let answered = Promise.withResolvers<boolean>();
  let isClosed = false;
  const handle = async (received: unknown): Promise<void> => {
    const parsed = message.parse(received);
    if ("taken" in parsed) answered.resolve(parsed.taken);
    else port.postMessage({ taken: await apply(parsed.changes) });
  };
  port.on("message", (received) => void handle(received));
  // Pending sends fail.
  port.on("close", () => {
    isClosed = true;
    answered.resolve(false);
  });
  return {
    async send(changes) {
      if (isClosed) return false;
      answered = Promise.withResolvers();
      port.postMessage({ changes });
      return await answered.promise;
    },
    close: () => port.close(),
  };
};
