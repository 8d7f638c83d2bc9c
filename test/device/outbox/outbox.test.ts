import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { fileOutbox } from "../../../device/outbox/fileOutbox.ts";
import { memoryOutbox } from "../../../device/outbox/memoryOutbox.ts";
import { type Outbox, OutboxFull, type OutboxLimits } from "../../../device/outbox/outbox.ts";

const makers: Record<string, (limits?: OutboxLimits) => Promise<Outbox>> = {
  memory: async (limits) => memoryOutbox(limits),
  file: async (limits) => {
    const folder = await mkdtemp(join(tmpdir(), "godwit-outbox-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    return fileOutbox(join(folder, "new", "outbox"), limits);
  },
};

const event = (id: string, bytes = 1) => ({ id, name: "n", data: Buffer.alloc(bytes, id) });
const ids = (outbox: Outbox) => outbox.first(outbox.size).map(({ id }) => id);

describe.each(Object.keys(makers))("an outbox in %s", (kind) => {
  const opened = async (limits?: OutboxLimits): Promise<Outbox> => {
    const outbox = await makers[kind]!(limits);
    await outbox.open();
    return outbox;
  };

  it("returns an added event unchanged", async () => {
    const outbox = await opened();
    const whole = { id: "1", name: "é/b", data: Buffer.from([0, 255, 10]), at: 5, quiet: true };
    await outbox.add(whole);
    expect(outbox.first(1)).toEqual([whole]);
    await outbox.close();
  });

  it("holds every event until it is removed, in the order of publishing", async () => {
    const step = fc.oneof(
      fc.record({ add: fc.constant(true) }),
      fc.record({ remove: fc.array(fc.nat(20), { maxLength: 3 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const outbox = await opened();
        let expected: string[] = [];
        let next = 0;
        const work: Promise<void>[] = [];
        for (const each of steps) {
          if ("add" in each) {
            const id = String(next++);
            const added = outbox.add(event(id));
            // Half of the writes run concurrently and share a sync.
            if (next % 2 === 0) await added;
            else work.push(added);
            expected.push(id);
          } else {
            await Promise.all(work.splice(0));
            const gone = each.remove.map(String);
            work.push(outbox.remove(gone));
            expected = expected.filter((id) => !gone.includes(id));
          }
        }
        await Promise.all(work);
        expect(ids(outbox)).toEqual(expected);
        expect(outbox.size).toBe(expected.length);
        expect(outbox.first(3).map(({ id }) => id)).toEqual(expected.slice(0, 3));
        await outbox.close();
      }),
      { numRuns: 30 },
    );
  });

  it("rejects an event beyond its capacity and keeps the others", async () => {
    const outbox = await opened({ eventsMax: 2 });
    const adding = ["1", "2", "3"].map((id) => outbox.add(event(id)));
    await expect(adding[2]).rejects.toThrow(OutboxFull);
    await Promise.all(adding.slice(0, 2));
    expect(ids(outbox)).toEqual(["1", "2"]);
    await outbox.remove(["1"]);
    await outbox.add(event("4"));
    expect(ids(outbox)).toEqual(["2", "4"]);
    await outbox.close();
  });

  it("limits the bytes as well", async () => {
    const outbox = await opened({ bytesMax: 100 });
    await outbox.add(event("1", 60));
    await expect(outbox.add(event("2", 60))).rejects.toThrow("of 100 bytes");
    await outbox.remove(["1"]);
    await outbox.add(event("2", 60));
    await outbox.close();
  });

  it("ignores the removal of an unknown event", async () => {
    const outbox = await opened();
    await outbox.remove(["who"]);
    await outbox.add(event("1"));
    await outbox.remove(["1"]);
    await outbox.remove(["1"]);
    expect(outbox.size).toBe(0);
    await outbox.close();
  });
});
