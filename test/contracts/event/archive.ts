import { describe, expect, it } from "vitest";
import type { ArchiveStore } from "#shared/archive/ports.ts";
import { aReceivedEvent, fleet } from "../../memory/samples.ts";

const hourMs = 3_600_000;
/** 2025-01-02T03:00:00Z */
const hour = 1_735_786_800_000;

const at = (receivedAt: number, id = `m${receivedAt}`) => aReceivedEvent({ id, receivedAt });

const listAll = async (archive: ArchiveStore, query: { from: number; max: number }, of = fleet) => {
  const found: string[] = [];
  for (;;) {
    const { keys, more } = await archive.list(of, { ...query, after: found.at(-1) });
    found.push(...keys);
    if (!more) return found;
  }
};

/** The contract of `ArchiveStore`. */
export const archiveContract = (open: () => Promise<ArchiveStore>): void => {
  describe("the archive", () => {
    it("returns written events byte for byte", async () => {
      const archive = await open();
      const events = [
        at(hour),
        { topic: "events/f/d/\u2028 \n é 😀", receivedAt: hour + 1, id: "e", data: "AP8=" },
      ];
      await archive.write({ fleet, days: 7, events });
      const [key = ""] = await listAll(archive, { from: hour, max: 10 });
      expect(key).toMatch(/\/0*1735786800000-[^/]+\.gz$/);
      expect(await archive.read(key)).toEqual({ events, malformed: 0 });
    });

    it("lists objects of one fleet by time, in pages, from the start of an hour", async () => {
      const archive = await open();
      const times = [hour - 1, hour, hour + 5, hour + hourMs, hour + 40 * 24 * hourMs];
      for (const time of times.toReversed()) {
        await archive.write({ fleet, days: 400, events: [at(time)] });
      }
      await archive.write({ fleet: `${fleet}0`, days: 1, events: [at(hour)] });
      const timesFrom = async (from: number, max: number) => {
        const keys = await listAll(archive, { from, max });
        const objects = await Promise.all(keys.map((key) => archive.read(key)));
        return objects.map(({ events }) => events[0]?.receivedAt);
      };
      expect(await timesFrom(0, 2)).toEqual(times);
      expect(await timesFrom(hour + 10, 2)).toEqual(times.slice(1));
      expect(await timesFrom(hour + 50 * 24 * hourMs, 2)).toEqual([]);
    });
  });
};
