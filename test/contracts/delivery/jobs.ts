import { describe, expect, it } from "vitest";
import type { Job, Jobs } from "#shared/job/job.ts";
import { jobDays } from "#shared/job/limits.ts";

import { aJob, fleet, someTime, stoppedClock } from "../../memory/samples.ts";

const byId = (jobs: readonly Job[]) => jobs.toSorted((a, b) => (a.id < b.id ? -1 : 1));

/** The contract of `Jobs`: in a region, and in another one with the same rows. */
export const jobsContract = (
  open: (now: () => number) => Promise<{ here: Jobs; there: Jobs }>,
): void => {
  describe("jobs", () => {
    it("are listed in every region, and processed in their own", async () => {
      const { here, there } = await open(() => someTime);
      const one = aJob({ id: "a", region: "us-east-1", cursor: "é" });
      const other = aJob({ id: "b", region: "eu-west-1" });
      await here.add(one);
      await there.add(other);
      await there.add(aJob({ id: "c", fleet: "another" }));
      for (const jobs of [here, there]) expect(byId(await jobs.list(fleet))).toEqual([one, other]);
      expect(await here.find(fleet, "a")).toEqual(one);
      expect(await there.find(fleet, "a")).toBeUndefined();
    });

    it("are updated by one worker at a time", async () => {
      const { here } = await open(() => someTime);
      const job = aJob();
      expect(await here.put({ ...job, revision: 1 })).toBe(false);
      await here.add(job);
      expect(await here.put({ ...job, revision: 1, done: 5 })).toBe(true);
      expect(await here.put({ ...job, revision: 1, done: 6 })).toBe(false);
      expect(await here.find(fleet, job.id)).toMatchObject({ done: 5 });
    });

    it("can be stopped from any region", async () => {
      const { here, there } = await open(() => someTime);
      await here.add(aJob());
      expect(await here.isStopRequested(fleet, aJob().id)).toBe(false);
      await there.stop(fleet, aJob().id);
      expect(await here.isStopRequested(fleet, aJob().id)).toBe(true);
      expect(await here.isStopRequested(fleet, "another")).toBe(false);
      expect(await here.list(fleet)).toEqual([aJob()]);
    });

    it("are not listed after they expire", async () => {
      const clock = stoppedClock();
      const { here } = await open(clock.now);
      await here.add(aJob());
      clock.ms += jobDays * 86_400_000 - 1_000;
      expect(await here.list(fleet)).toHaveLength(1);
      clock.ms += 3_000;
      expect(await here.list(fleet)).toEqual([]);
    });
  });
};
