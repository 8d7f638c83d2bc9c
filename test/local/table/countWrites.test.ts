import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { countWrites, openDynalite } from "../../../local/table/dynaliteInternals.ts";
import { reopenableStore } from "../../../local/table/reopenableStore.ts";

const open = async () => {
  const folder = mkdtempSync(join(tmpdir(), "writes-"));
  const { store } = openDynalite({ path: folder });
  await store.db.open();
  onTestFinished(async () => {
    await store.lifecycleManager.gracefulClose();
    rmSync(folder, { recursive: true, force: true });
  });
  return { store, folder };
};

it("one write runs at a time, and later ones form the next batch", async () => {
  const { store } = await open();
  const counterConfig: number[] = [];
  const begun: (() => void)[] = [];
  const onStored = (count: number) => void counterConfig.push(count);
  const write = async (run: () => Promise<void>): Promise<void> => {
    await new Promise<void>((resolve) => begun.push(resolve));
    await run();
  };
  countWrites(store, { id: "x", from: 7 }, { onStored, store: write });
  const done: string[] = [];
  const put = (key: string) => store.db.put(key, key)?.then(() => done.push(key));
  const puts = ["a", "b", "c"].map(put);
  await turn();
  expect(begun).toHaveLength(1);
  expect(done).toEqual([]);
  begun[0]?.();
  await puts[0];
  await turn();
  expect(done).toEqual(["a"]);
  expect(begun).toHaveLength(2);
  begun[1]?.();
  await Promise.all(puts);
  expect(done).toEqual(["a", "b", "c"]);
  // The number is reported before the writer is notified.
  expect(counterConfig).toEqual([8, 9]);
  expect(await store.db.get("c")).toBe("c");
});

it("a failed write fails, and later writes are attempted", async () => {
  const { store } = await open();
  let isBroken = true;
  countWrites(
    store,
    { id: "x", from: 0 },
    {
      onStored: () => {},
      store: async (run) => {
        if (isBroken) throw new Error("broken");
        await run();
      },
    },
  );
  await expect(store.db.put("a", 1)).rejects.toThrow("broken");
  isBroken = false;
  await new Promise<void>((resolve, reject) => {
    store.db.put("b", 2, (error) => (error ? reject(error) : resolve()));
  });
  expect(await store.db.get("b")).toBe(2);
});

it("reads wait for a reopen, and a reopen waits for running reads", async () => {
  const { store, folder } = await open();
  await store.db.put("a", 1);
  const reads = reopenableStore(store, folder);
  let end = () => {};
  await reads.read((ended) => {
    end = ended;
  });
  const steps: string[] = [];
  const reopening = reads.reopen().then(() => steps.push("open"));
  const reading = reads.read((ended) => {
    steps.push("read");
    ended();
  });
  await turn();
  expect(await store.db.get("a")).toBe(1);
  expect(steps).toEqual([]);
  end();
  await Promise.all([reopening, reading]);
  expect(steps.toSorted()).toEqual(["open", "read"]);
  expect(await store.db.get("a")).toBe(1);
  await store.db.put("b", 2);
  expect(await store.db.get("b")).toBe(2);
});
