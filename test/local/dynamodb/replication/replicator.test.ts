import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import { expect, it, onTestFinished, vi } from "vitest";
import { openReplica } from "../../../../local/dynamodb/replication/replica.ts";
import { openReplicator } from "../../../../local/dynamodb/replication/replicator.ts";
import { memoryRows } from "./memoryRows.ts";

/** A region and the other end of its link. */
const region = async () => {
  const { store, items } = memoryRows();
  const replica = openReplica({ region: "b-1", store, now: Date.now });
  let isStopped = false;
  const replicator = openReplicator({ replica, isStopped: () => isStopped, now: Date.now });
  onTestFinished(replicator.stop);
  const { port1, port2 } = new MessageChannel();
  replicator.connect("a-1", port1);
  const offer = async (key: string) => {
    const changes = [{ table: "t", key, stamp: "000000000000001-000000-a-1", item: {} }];
    port2.postMessage({ changes });
    const [answer] = await once(port2, "message");
    return answer;
  };
  const stop = (to: boolean) => {
    isStopped = to;
  };
  return { replicator, items, offer, stop };
};

it("a region that is cut or stopped rejects changes; a paused one applies them", async () => {
  const { replicator, items, offer, stop } = await region();
  replicator.set({ state: "cut", lagMs: 0 });
  expect(await offer("cut")).toEqual({ taken: false });
  replicator.set({ state: "paused", lagMs: 0 });
  stop(true);
  expect(await offer("stopped")).toEqual({ taken: false });
  stop(false);
  expect(items.size).toBe(0);
  expect(await offer("paused")).toEqual({ taken: true });
  expect([...items.keys()]).toEqual(["t~paused"]);
});

it("a region without others does not look for changes to send", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const replica = openReplica({ region: "a-1", store: memoryRows().store, now: Date.now });
  const replicator = openReplicator({ replica, isStopped: () => false, now: Date.now });
  expect(vi.getTimerCount()).toBe(0);
  const { port1, port2 } = new MessageChannel();
  replicator.connect("b-1", port1);
  expect(vi.getTimerCount()).toBe(1);
  port2.close();
  void replicator.stop();
});
