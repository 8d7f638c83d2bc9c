import { describe, expect, it } from "vitest";
import { jobStates } from "#shared/job/job.ts";
import { jobPage } from "#shared/job/listJobs.ts";
import { aJob } from "../../memory/samples.ts";

const jobs = Array.from({ length: 10 }, (_, n) =>
  aJob({
    id: `j${n}`,
    state: jobStates[n % 3] ?? "done",
    startedAt: 1_000 + Math.floor(n / 2),
  }),
);

const walk = (fields: Parameters<typeof jobPage>[1]): string[] => {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = jobPage(jobs, { ...fields, cursor });
    found.push(...page.jobs.map(({ id }) => id));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
};

describe("a page of jobs", () => {
  it.each([1, 3, 10, undefined])("has each job once, newest first, with pages of %s", (limit) => {
    const newestFirst = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((n) => `j${n}`);
    expect(walk({ limit })).toEqual(newestFirst);
  });

  it("has only the jobs of a state", () => {
    expect(walk({ limit: 1, state: "stopped" })).toEqual(["j8", "j5", "j2"]);
  });
});
