import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { fileOutbox } from "../../../device/outbox/fileOutbox.ts";
import type { Outbox } from "../../../device/outbox/outbox.ts";

const path = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "godwit-outbox-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, "outbox");
};

const opened = async (file: string): Promise<Outbox> => {
  const outbox = fileOutbox(file);
  await outbox.open();
  return outbox;
};

const event = (id: string, bytes = 3) => ({ id, name: "é", data: Buffer.alloc(bytes, id), at: 1 });
const ids = (outbox: Outbox) => outbox.first(outbox.size).map(({ id }) => id);

it("holds the same events after a restart", async () => {
  const file = await path();
  const before = await opened(file);
  for (const id of ["1", "2", "3"]) await before.add(event(id));
  await before.remove(["2"]);
  const left = before.first(9);
  await before.close();
  const after = await opened(file);
  expect(after.first(9)).toEqual(left);
  await after.close();
});

it("holds every unacknowledged event after a crash that truncated the log anywhere", async () => {
  const file = await path();
  const op = fc.oneof({ arbitrary: fc.constant("add"), weight: 2 }, fc.constant("remove"));
  await fc.assert(
    fc.asyncProperty(fc.array(op, { minLength: 1, maxLength: 12 }), fc.nat(), async (ops, cut) => {
      await rm(file, { force: true });
      const outbox = await opened(file);
      // After each operation: the length of the log, and the events that it must contain.
      const history = [{ bytes: 0, held: [] as string[] }];
      for (const [n, each] of ops.entries()) {
        if (each === "add") await outbox.add(event(String(n)));
        else await outbox.remove(ids(outbox).slice(0, 1));
        history.push({ bytes: (await stat(file)).size, held: ids(outbox) });
      }
      await outbox.close();
      const cutAt = cut % (history.at(-1)!.bytes + 1);
      await truncate(file, cutAt);
      const { held } = history.findLast(({ bytes }) => bytes <= cutAt)!;

      const after = await opened(file);
      expect(ids(after)).toEqual(held);
      await after.add(event("new"));
      await after.close();
      const again = await opened(file);
      expect(ids(again)).toEqual([...held, "new"]);
      await again.close();
    }),
    { numRuns: 60 },
  );
});

it("loses only the corrupt line", async () => {
  const file = await path();
  const before = await opened(file);
  for (const id of ["1", "2", "3"]) await before.add(event(id));
  await before.close();
  const log = await readFile(file);
  const second = log.indexOf("\n") + 30;
  log[second] = log[second]! ^ 1;
  await writeFile(file, log);
  const after = await opened(file);
  expect(ids(after)).toEqual(["1", "3"]);
  await after.close();
});

it("holds every confirmed event in order after kill -9", async () => {
  const file = await path();
  for (let round = 0; round < 3; round += 1) {
    const child = spawn(process.execPath, ["test/device/support/addEventsUntilKilled.ts", file], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const kept = new Set<string>();
    for await (const line of createInterface({ input: child.stdout })) {
      const [what, id = ""] = line.split(" ");
      if (what === "kept") kept.add(id);
      else kept.delete(id);
      // After the first compaction.
      if (Number(id) === 60 + 7 * round) child.kill("SIGKILL");
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    const outbox = await opened(file);
    const found = ids(outbox);
    expect(found.filter((id) => kept.has(id))).toEqual([...kept]);
    expect(found).toEqual(found.toSorted((a, b) => Number(a) - Number(b)));
    await outbox.remove(found);
    await outbox.close();
  }
});

it("stays bounded, however many events pass through it", async () => {
  const file = await path();
  const outbox = await opened(file);
  await outbox.add(event("stays"));
  for (let n = 0; n < 100; n += 1) {
    await outbox.add(event(String(n), 10_000));
    await outbox.remove([String(n)]);
  }
  expect((await stat(file)).size).toBeLessThan(200_000);
  await outbox.close();
  const after = await opened(file);
  expect(ids(after)).toEqual(["stays"]);
  await after.close();
});

it("does not hold an event whose write failed, and continues after the failure", async () => {
  const file = await path();
  const outbox = await opened(file);
  await outbox.add(event("1"));
  await outbox.close();
  await expect(outbox.add(event("2"))).rejects.toThrow("not open");
  expect(ids(outbox)).toEqual(["1"]);
  await outbox.open();
  await outbox.add(event("3"));
  await outbox.close();
  const after = await opened(file);
  expect(ids(after)).toEqual(["1", "3"]);
  await after.close();
});
