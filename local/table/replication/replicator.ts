import type { MessagePort } from "node:worker_threads";
import * as z from "zod";
import { batchRowsMax, lagMsDefault, lagMsMax, lookEveryMs } from "./limits.ts";
import { type Change, change, type Replica } from "./replica.ts";

/** How a region takes part in replication. */
export const replication = z.strictObject({
  /** `paused`: what is written here waits here. `cut`: nothing comes in either. */
  state: z.enum(["running", "paused", "cut"]),
  lagMs: z.int().min(0).max(lagMsMax),
});

export type Replication = Readonly<z.output<typeof replication>>;

export const replicationDefault: Replication = { state: "running", lagMs: lagMsDefault };

/** Sends what is written here to the other regions, and takes what they send. */
export interface Replicator {
  /** `port` leads to the replicator of another region. */
  connect(region: string, port: MessagePort): void;
  set(replication: Replication): void;
  /** By region, how many rows wait. */
  backlog(): Record<string, number>;
  stop(): Promise<void>;
}

interface ReplicatorDeps {
  readonly replica: Replica;
  /** A region whose tables are stopped neither sends nor takes. */
  readonly isStopped: () => boolean;
  readonly now: () => number;
}

const message = z.union([z.object({ changes: z.array(change) }), z.object({ taken: z.boolean() })]);

/** Opens the links of one region; each sends one batch at a time and waits until it was taken. */
export const openReplicator = ({ replica, isStopped, now }: ReplicatorDeps): Replicator => {
  let { state, lagMs } = replicationDefault;
  const links = new Map<string, Link>();
  const step = async (region: string, link: Link): Promise<void> => {
    for (;;) {
      if (isStopped() || state !== "running") return;
      const changes = await replica.pendingChanges(region, {
        before: now() - lagMs,
        max: batchRowsMax,
      });
      if (changes.length === 0 || !(await link.send(changes))) return;
      await replica.acknowledge(region, changes);
    }
  };
  const apply = async (changes: readonly Change[]): Promise<boolean> => {
    if (isStopped() || state === "cut") return false;
    await replica.apply(changes);
    return true;
  };
  const working = new Map<string, Promise<void>>();
  const timer = setInterval(() => {
    for (const [region, link] of links) {
      if (working.has(region) || replica.backlog(region) === 0) continue;
      working.set(
        region,
        step(region, link).finally(() => working.delete(region)),
      );
    }
  }, lookEveryMs);
  return {
    connect: (region, port) => void links.set(region, openLink(port, apply)),
    set(next) {
      ({ state, lagMs } = next);
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
  /** Whether the other side has taken it. */
  send(changes: readonly Change[]): Promise<boolean>;
  close(): void;
}

const openLink = (
  port: MessagePort,
  apply: (changes: readonly Change[]) => Promise<boolean>,
): Link => {
  let answered = Promise.withResolvers<boolean>();
  let isClosed = false;
  const hear = async (told: unknown): Promise<void> => {
    const observe = message.parse(told);
    if ("taken" in observe) answered.resolve(observe.taken);
    else port.postMessage({ taken: await apply(observe.changes) });
  };
  port.on("message", (told) => void hear(told));
  // Whoever waits for the other side waits no more.
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
