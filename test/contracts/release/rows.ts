import { describe, expect, it } from "vitest";
import type { Enrolments } from "#shared/release/enrolments.ts";
import type { Observations, Progress } from "#shared/release/model/progress.ts";
import type { PaceRows, ProgressRows } from "#shared/release/progressRows.ts";
import type { ReleaseFacts } from "#shared/release/releaseFacts.ts";
import {
  aHalt,
  anEnrolment,
  aPace,
  aResume,
  oldHash,
  openFacts,
} from "../../memory/release/samples.ts";

const id = (number: number): string => number.toString(16).padStart(24, "0");

/** Contract of every implementation of the facts of releases. */
export const releaseFactsContract = (open: () => Promise<ReleaseFacts>): void => {
  describe("facts of releases", () => {
    it("are listed by release", async () => {
      const facts = await open();
      const all = [...openFacts(2), aHalt(), aResume()];
      for (const one of all) await facts.add(one);
      await facts.add({ ...aHalt(), release: "release-2" });
      const listed = await facts.list("release-1");
      expect(listed).toHaveLength(all.length);
      expect(listed).toEqual(expect.arrayContaining(all));
    });

    it("are never changed, and have one row for each region", async () => {
      const facts = await open();
      const halt = aHalt();
      await facts.add(halt);
      await facts.add({ ...halt, at: halt.at + 1 });
      expect(await facts.list("release-1")).toEqual([halt]);
      await facts.add({ ...halt, region: "eu-west-1" });
      expect(await facts.list("release-1")).toHaveLength(2);
    });
  });
};

/** Contract of every implementation of the targeted devices of releases. */
export const enrolmentsContract = (open: () => Promise<Enrolments>): void => {
  describe("enrolments", () => {
    it("are found by device, and listed in pages", async () => {
      const enrolments = await open();
      const many = Array.from({ length: 60 }, (_, i) =>
        anEnrolment({ device: id(i), wave: i % 3 }),
      );
      await enrolments.put(many);
      await enrolments.put(many.slice(0, 2));
      await enrolments.put([anEnrolment({ release: "release-2" })]);
      expect(await enrolments.find("release-1", id(7))).toEqual(many[7]);
      expect(await enrolments.find("release-1", id(60))).toBeUndefined();
      const first = await enrolments.page("release-1", { limit: 40 });
      expect(first).toEqual({ enrolments: many.slice(0, 40), hasMore: true });
      const second = await enrolments.page("release-1", { limit: 40, after: id(39) });
      expect(second).toEqual({ enrolments: many.slice(40), hasMore: false });
    });

    it("keep why a device is not updated", async () => {
      const enrolments = await open();
      const { wave: _, ...without } = anEnrolment({ excluded: "no_wave", before: {} });
      const current = anEnrolment({ device: id(1), current: true });
      await enrolments.put([without, current]);
      expect(await enrolments.find("release-1", without.device)).toEqual(without);
      expect(await enrolments.find("release-1", id(1))).toEqual(current);
    });
  });
};

const everything: Observations = {
  reserved: { at: 1, connection: "c" },
  unsent: { at: 2 },
  offers: [3],
  offered: { at: 3, connection: "c" },
  accepted: { at: 4 },
  downloading: { at: 5, offset: 100 },
  verified: { at: 6 },
  restarting: { at: 7 },
  confirmed: { at: 8 },
  deferred: { at: 9, until: 10, reason: "in use" },
  vetoed: { at: 10 },
  updates: { at: 11, enabled: false },
  unavailable: { at: 12, status: 503 },
  failures: [{ at: 13, error: "wrong_hash", message: oldHash }],
  seen: { release: { first: 1, last: 2 }, other: { first: 1, last: 1 } },
  resets: [1, 2],
  offset: { at: 14, minutes: -300 },
  former: { at: 1, patienceMs: 1, intervalMs: 2, publishes: true },
  assessed: { at: 15, harm: "silent" },
  excluded: { at: 16, why: "locked" },
  rollback: { at: 17, connection: "c" },
  cancelled: { at: 18 },
};

const progress = (device: number, more: Partial<Progress> = {}): Progress => ({
  release: "release-1",
  device: id(device),
  region: "us-east-1",
  revision: 1,
  ...more,
});

/**
 * Contract of every implementation of progress. `here` and `there` are two regions of one cloud.
 */
export const progressRowsContract = (
  open: () => Promise<{ here: ProgressRows; there: ProgressRows }>,
): void => {
  describe("progress", () => {
    it("is read for a device, of all regions", async () => {
      const { here, there } = await open();
      const mine = progress(1, everything);
      const other = progress(1, { region: "eu-west-1", accepted: { at: 5 } });
      expect(await here.put(mine)).toBe(true);
      expect(await there.put(other)).toBe(true);
      await here.put(progress(2));
      const found = await there.of("release-1", id(1));
      expect(found).toHaveLength(2);
      expect(found).toEqual(expect.arrayContaining([mine, other]));
      expect(await here.of("release-2", id(1))).toEqual([]);
    });

    it("is not overwritten by a worker that has not read the latest row", async () => {
      const { here } = await open();
      await here.put(progress(1));
      expect(await here.put(progress(1, { accepted: { at: 1 } }))).toBe(false);
      expect(await here.put(progress(1, { revision: 3 }))).toBe(false);
      expect(await here.put(progress(1, { revision: 2, accepted: { at: 1 } }))).toBe(true);
      expect(await here.of("release-1", id(1))).toMatchObject([{ accepted: { at: 1 } }]);
    });

    it.each([1, 2, 3, 100])(
      "is read in pages of whole devices, with a limit of %i",
      async (limit) => {
        const { here, there } = await open();
        for (const device of [1, 2, 3]) {
          await here.put(progress(device));
          if (device !== 2) await there.put(progress(device, { region: "eu-west-1" }));
        }
        const found: string[] = [];
        let after: string | undefined;
        for (;;) {
          const page = await here.page("release-1", { limit, after });
          found.push(...page.rows.map(({ device, region }) => `${device} ${region}`));
          after = page.rows.at(-1)?.device ?? after;
          if (!page.hasMore) break;
        }
        const rows = [`${id(1)} eu-west-1`, `${id(1)} us-east-1`, `${id(2)} us-east-1`];
        expect(found).toEqual([...rows, `${id(3)} eu-west-1`, `${id(3)} us-east-1`]);
      },
    );
  });
};

/** Contract of every implementation of the slots of releases. */
export const paceRowsContract = (
  open: () => Promise<{ here: PaceRows; there: PaceRows }>,
): void => {
  describe("the slots of a release", () => {
    it("are a row for each region, which another worker does not overwrite", async () => {
      const { here, there } = await open();
      const row = aPace({
        admitted: [{ device: id(1), at: 1 }],
        paused: { at: 1, reason: "an outage" },
      });
      expect(await here.put(row)).toBe(true);
      expect(await here.put(row)).toBe(false);
      expect(await here.find("release-1")).toEqual(row);
      expect(await there.find("release-1")).toBeUndefined();
      await there.put(aPace({ region: "eu-west-1" }));
      const listed = await here.list("release-1");
      expect(listed.map(({ region }) => region).toSorted()).toEqual(["eu-west-1", "us-east-1"]);
    });
  });
};
