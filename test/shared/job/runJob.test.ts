import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readArchive } from "#shared/archive/readArchive.ts";
import type { DeadLetterFilter } from "#shared/delivery/deadLetter.ts";
import { deadLetterKeyOf } from "#shared/delivery/deadLetter.ts";
import { countDeadLetters } from "#shared/delivery/findDeadLetters.ts";
import { planItemsMax } from "#shared/delivery/limits.ts";
import type { Integration } from "#shared/integration/model/integration.ts";
import { type Job, remainingOf } from "#shared/job/job.ts";
import { jobRate, jobSeconds, replayCost } from "#shared/job/jobEstimate.ts";
import { jobLeaseMs, jobRunMs, jobStalledMs, jobTimeoutSeconds } from "#shared/job/limits.ts";
import { findJob, listJobs } from "#shared/job/listJobs.ts";
import { runJob } from "#shared/job/runJob.ts";
import { startJob } from "#shared/job/startJob.ts";
import { memoryDeadLetters } from "../../memory/delivery/deadLetters.ts";
import { memoryDeliveries } from "../../memory/delivery/deliveries.ts";
import { memoryIntegrations } from "../../memory/delivery/integrations.ts";
import { memoryJobQueue, memoryJobs } from "../../memory/delivery/jobs.ts";
import { down } from "../../memory/down.ts";
import { memoryArchive } from "../../memory/event/archive.ts";
import {
  aDelivery,
  aJob,
  anEvent,
  anIntegration,
  fleet,
  someTime,
  stoppedClock,
} from "../../memory/samples.ts";

const region = "us-east-1";

const world = async (
  given: { letters?: number; integration?: Partial<Integration>; clockMs?: number } = {},
) => {
  const clock = stoppedClock(given.clockMs);
  const { now } = clock;
  const deps = {
    jobs: memoryJobs({ region, now }),
    jobQueue: memoryJobQueue(),
    integrations: memoryIntegrations([anIntegration(given.integration as never)]),
    deadLetters: memoryDeadLetters(now),
    deliveries: memoryDeliveries(),
    record: async () => {},
    archiveReader: readArchive({ archive: memoryArchive() }),
    region,
    now,
    wait: async (ms: number) => {
      clock.ms += ms;
    },
  };
  for (let i = 0; i < (given.letters ?? 0); i += 1) {
    await deps.deadLetters.put({
      delivery: aDelivery({
        id: `m${i}`,
        attempts: 10,
        reason: "x",
        lane: "slow",
        deadline: 5,
        ...(i % 2 === 0 && { status: 500 }),
      }),
      reason: i % 2 === 0 ? "the target answered 500" : "no reply within 20 s",
      buriedAt: someTime - 1_000_000 + i,
    });
  }
  return { ...deps, clock };
};

type World = Awaited<ReturnType<typeof world>>;

const begin = async (deps: World, more: { filter?: DeadLetterFilter; perSecond?: number } = {}) => {
  const { filter = {}, perSecond = 20 } = more;
  const integration = await deps.integrations.find(fleet, "integration-1");
  const counted = await countDeadLetters("integration-1", filter, deps);
  return startJob(integration!, { work: { kind: "replay", filter }, perSecond, counted }, deps);
};

/** Processes each message until there are none. */
const drain = async (deps: World): Promise<void> => {
  for (let runs = 0; deps.jobQueue.queued.length > 0; runs += 1) {
    if (runs > 1_000) throw new Error("it does not end");
    const [name] = deps.jobQueue.queued;
    await runJob(name!, deps);
    deps.jobQueue.queued.shift();
  }
};

const show = (deps: World, { id }: Job) => findJob({ fleet, id: "integration-1" }, id, deps);
const letterIds = async (deps: World) =>
  (await deps.deadLetters.list("integration-1", { limit: 1_000 })).deadLetters.map(
    ({ delivery }) => delivery.id,
  );

describe("a replay", () => {
  it("queues every dead letter with its id and a new schedule, oldest first", async () => {
    const deps = await world({ letters: 100, integration: { deadline: 60 } });
    const job = await begin(deps);
    await drain(deps);
    const { queued } = deps.deliveries;
    expect(queued.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, i) => `m${i}`));
    const [first] = queued;
    expect(first).toEqual({
      id: "m0",
      integration: "integration-1",
      event: anEvent(),
      attempts: 0,
      notBefore: someTime,
      deadline: someTime + 60_000,
      replayed: true,
    });
    expect(await letterIds(deps)).toEqual([]);
    expect(await show(deps, job)).toMatchObject({ state: "done", done: 100, total: 100 });
  });

  it("of a delivery created while its integration was unreadable leaves the match undecided", async () => {
    const deps = await world();
    const delivery = aDelivery({ unmatched: true });
    const reason = "the integration cannot be read";
    await deps.deadLetters.put({ delivery, reason, buriedAt: someTime - 1 });
    await begin(deps);
    await drain(deps);
    expect(deps.deliveries.queued).toMatchObject([{ id: delivery.id, unmatched: true }]);
  });

  it("queues those that match the filter, and leaves the others", async () => {
    const deps = await world({ letters: 10 });
    const filter = { status: 500, from: someTime - 1_000_000 + 2, to: someTime - 1_000_000 + 8 };
    await begin(deps, { filter });
    await drain(deps);
    expect(deps.deliveries.queued.map(({ id }) => id)).toEqual(["m2", "m4", "m6"]);
    expect(await letterIds(deps)).toHaveLength(7);
  });

  it.each<[DeadLetterFilter, number]>([
    [{ reason: "NO REPLY" }, 5],
    [{ event: "temp" }, 10],
    [{ event: "Temp" }, 0],
    [{ device: anEvent().device }, 10],
    [{ device: "x" }, 0],
    [{ ids: ["m3", "m4", "none"] }, 2],
    [{ ids: ["m3", "m4"], status: 500 }, 1],
  ])("counts the dead letters of its filter: %j", async (filter, count) => {
    const deps = await world({ letters: 10 });
    expect(await countDeadLetters("integration-1", filter, deps)).toMatchObject({ count });
  });

  it("respects its rate and starts slowly", async () => {
    const deps = await world({ letters: 1_000 });
    const sentAt: number[] = [];
    const { send } = deps.deliveries;
    deps.deliveries.send = (deliveries, now) => {
      sentAt.push(...deliveries.map(() => now));
      return send(deliveries, now);
    };
    await begin(deps, { perSecond: 40 });
    await drain(deps);
    const within = (from: number, to: number) =>
      sentAt.filter((at) => at >= someTime + from && at < someTime + to).length;
    expect(within(0, 1_000)).toBe(5);
    for (let s = 0; s < 40; s += 1)
      expect(within(s * 1_000, (s + 1) * 1_000)).toBeLessThanOrEqual(40);
    const took = (sentAt.at(-1)! - someTime) / 1_000;
    expect(Math.abs(took - jobSeconds(1_000, 40))).toBeLessThan(3);
  });

  it("works for a bounded time, and then requeues itself", async () => {
    const deps = await world({ letters: 1_000 });
    const job = await begin(deps);
    await runJob(job, deps);
    expect(deps.clock.ms - someTime).toBeLessThan(jobRunMs + 2_000);
    expect(deps.jobQueue.queued).toHaveLength(2);
    expect(await show(deps, job)).toMatchObject({ state: "running", leasedUntil: 0 });
  });

  it("stops on request, and another one continues with the rest", async () => {
    const deps = await world({ letters: 400 });
    const job = await begin(deps);
    await runJob(job, deps);
    await deps.jobs.stop(fleet, job.id);
    await drain(deps);
    const stopped = await show(deps, job);
    expect(stopped).toMatchObject({ state: "stopped", why: "stopped by request" });
    expect(stopped.done).toBe(deps.deliveries.queued.length);
    expect(stopped.done).toBeLessThan(400);
    await begin(deps);
    await drain(deps);
    expect(deps.deliveries.queued).toHaveLength(400);
    expect(new Set(deps.deliveries.queued.map(({ id }) => id)).size).toBe(400);
  });

  it("stops when its integration is disabled or deleted", async () => {
    const deps = await world({ letters: 400 });
    const job = await begin(deps);
    await runJob(job, deps);
    await deps.integrations.disable(fleet, "integration-1", "why");
    await drain(deps);
    expect(await show(deps, job)).toMatchObject({
      state: "stopped",
      why: "the integration is disabled",
    });
    const gone = await world({ letters: 4 });
    const other = await begin(gone);
    await gone.integrations.remove(fleet, "integration-1");
    await drain(gone);
    expect(await show(gone, other)).toMatchObject({ state: "stopped" });
    expect(await letterIds(gone)).toHaveLength(4);
  });

  it("does not replay deliveries that fail again", async () => {
    const deps = await world({ letters: 3 });
    await begin(deps, { filter: { to: someTime } });
    const { send } = deps.deliveries;
    deps.deliveries.send = async (deliveries, now) => {
      for (const delivery of deliveries) {
        await deps.deadLetters.put({ delivery, reason: "again", buriedAt: someTime + 1 });
      }
      return send(deliveries, now);
    };
    await drain(deps);
    expect(deps.deliveries.queued).toHaveLength(3);
    expect(await letterIds(deps)).toHaveLength(3);
  });

  it("waits while the database is down, and continues when it is available again", async () => {
    const deps = await world({ letters: 3 });
    const job = await begin(deps);
    const tables = { jobs: down(deps.jobs), deadLetters: down(deps.deadLetters) };
    await expect(runJob(job, { ...deps, ...tables })).rejects.toThrow("the database is down");
    expect(deps.deliveries.queued).toEqual([]);
    await drain(deps);
    expect(deps.deliveries.queued).toHaveLength(3);
    expect((await show(deps, job)).state).toBe("done");
  });

  it("keeps deliveries that the queue does not accept, and retries them", async () => {
    const deps = await world({ letters: 3 });
    let refuses = true;
    deps.deliveries = memoryDeliveries(({ id }) => refuses && id === "m1");
    const job = await begin(deps);
    await expect(runJob(job, deps)).rejects.toThrow("did not accept");
    expect(await letterIds(deps)).toEqual(["m1"]);
    refuses = false;
    deps.clock.ms += jobLeaseMs;
    await drain(deps);
    expect(await letterIds(deps)).toEqual([]);
    expect((await show(deps, job)).state).toBe("done");
  });
});

describe("a malformed dead letter", () => {
  it("does not block its page, stays stored, and is counted", async () => {
    const deps = await world({ letters: 5 });
    const { list } = deps.deadLetters;
    deps.deadLetters.list = async (id, query) => {
      const page = await list(id, query);
      return query.after === undefined ? { ...page, unreadable: 2 } : page;
    };
    const job = await begin(deps);
    expect(job.total).toBe(7);
    await drain(deps);
    expect(deps.deliveries.queued).toHaveLength(5);
    const ended = await show(deps, job);
    expect(ended).toMatchObject({ state: "done", total: 7, done: 5, failed: 2 });
    expect(remainingOf(ended)).toBe(0);
  });
});

/** A worker that crashes before its n-th step, or never. */
const dyingAt = (deps: World, deadly: number) => {
  let step = 0;
  const mortal = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const member = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return async (...given: unknown[]) => {
          step += 1;
          if (step === deadly) throw new Error("killed");
          return member.apply(target, given);
        };
      },
    });
  const { jobs, jobQueue, deadLetters, deliveries, integrations } = deps;
  return {
    ...deps,
    jobs: mortal(jobs),
    jobQueue: mortal(jobQueue),
    deadLetters: mortal(deadLetters),
    deliveries: mortal(deliveries),
    integrations: mortal(integrations),
  };
};

describe("the numbers of a job", () => {
  const deed = fc.oneof(
    fc.record({ do: fc.constant("die" as const), step: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ do: fc.constantFrom("run", "stop", "bury", "remove", "refuse") }),
  );

  it("have a consistent sum in every case, and count each dead letter once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { maxLength: 12 }), async (deeds) => {
        const deps = await world({ letters: 30 });
        let refuses = false;
        deps.deliveries = memoryDeliveries(({ id }) => refuses && /7$/.test(id));
        const job = await begin(deps, { perSecond: 4 });
        const check = async () => {
          const now = await show(deps, job);
          expect(now.total).toBe(now.done + now.failed + remainingOf(now));
          expect(remainingOf(now)).toBeGreaterThanOrEqual(0);
          expect(now.done).toBeLessThanOrEqual(30 + deeds.length);
          return now;
        };
        const run = async (deadly: number) => {
          const [name] = deps.jobQueue.queued;
          if (name === undefined) return;
          try {
            await runJob(name, dyingAt(deps, deadly));
            deps.jobQueue.queued.shift();
          } catch {
            deps.clock.ms += jobLeaseMs;
          }
        };
        for (const [i, one] of deeds.entries()) {
          if (one.do === "stop") await deps.jobs.stop(fleet, job.id);
          refuses = one.do === "refuse";
          if (one.do === "bury") {
            const delivery = aDelivery({ id: `late${i}` });
            await deps.deadLetters.put({ delivery, reason: "", buriedAt: someTime + 100 + i });
          }
          if (one.do === "remove") {
            const { deadLetters: all } = await deps.deadLetters.list("integration-1", {
              limit: 1,
            });
            await deps.deadLetters.remove("integration-1", all.map(deadLetterKeyOf));
          }
          await run("step" in one ? one.step : Number.POSITIVE_INFINITY);
          await check();
        }
        refuses = false;
        await drain(deps);
        const ended = await check();
        if (ended.state === "done") {
          expect(remainingOf(ended)).toBe(0);
          const queued = new Set(deps.deliveries.queued.map(({ id }) => id)).size;
          expect(ended.done).toBeLessThanOrEqual(queued);
          // A dead letter that was removed after a worker queued it and before the worker recorded
          // that is not counted.
          if (!deeds.some((one) => one.do === "remove")) expect(ended.done).toBe(queued);
          // A dead letter from after the end is not part of the job.
          expect((await letterIds(deps)).filter((id) => id.startsWith("m"))).toEqual([]);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("a worker that crashes", () => {
  it.each(Array.from({ length: 40 }, (_, step) => step))(
    "before step %i loses nothing; at worst it sends a delivery twice with the same id",
    async (deadly) => {
      const deps = await world({ letters: 12 });
      const job = await begin(deps, { perSecond: 4 });
      let step = 0;
      /** Crashes once before the given step. */
      const mortal = <Port extends object>(port: Port): Port =>
        new Proxy(port, {
          get(target, name) {
            const member = Reflect.get(target, name);
            if (typeof member !== "function") return member;
            return async (...given: unknown[]) => {
              step += 1;
              if (step === deadly + 1) throw new Error("killed");
              return member.apply(target, given);
            };
          },
        });
      const dying = {
        ...deps,
        jobs: mortal(deps.jobs),
        jobQueue: mortal(deps.jobQueue),
        deadLetters: mortal(deps.deadLetters),
        deliveries: mortal(deps.deliveries),
        integrations: mortal(deps.integrations),
      };
      await runJob(job, dying).catch(() => {});
      // Its message is visible again.
      deps.clock.ms += 6_000 * jobTimeoutSeconds;
      await runJob(job, deps);
      deps.jobQueue.queued.shift();
      await drain(deps);
      expect(await letterIds(deps)).toEqual([]);
      expect(new Set(deps.deliveries.queued.map(({ id }) => id)).size).toBe(12);
      expect((await show(deps, job)).state).toBe("done");
    },
  );

  it("keeps its message in the queue during its lease, also if it failed and the message is visible at once", async () => {
    const deps = await world({ letters: 3 });
    const job = await begin(deps);
    const { send } = deps.deliveries;
    deps.deliveries.send = () => Promise.reject(new Error("the queue is down"));
    await expect(runJob(job, deps)).rejects.toThrow("the queue is down");
    deps.deliveries.send = send;
    // Not processed: a processed message is deleted, and it is the only one of the job.
    await expect(runJob(job, deps)).rejects.toMatchObject({ code: "conflict" });
    deps.clock.ms += jobLeaseMs;
    await drain(deps);
    expect(deps.deliveries.queued).toHaveLength(3);
  });

  it("is the only worker of the job during its lease", async () => {
    const deps = await world({ letters: 400 });
    const job = await begin(deps);
    let beside: Promise<void> | undefined;
    const { send } = deps.deliveries;
    deps.deliveries.send = async (deliveries, now) => {
      // The same message, delivered a second time.
      beside ??= expect(runJob(job, deps)).rejects.toMatchObject({ code: "conflict" });
      await beside;
      return send(deliveries, now);
    };
    await runJob(job, deps);
    expect(deps.jobQueue.queued).toHaveLength(2);
    await drain(deps);
    expect(deps.deliveries.queued).toHaveLength(400);
  });

  it("and resumes after another worker took over has no effect", async () => {
    const deps = await world({ letters: 400 });
    const job = await begin(deps);
    const { send } = deps.deliveries;
    let late = false;
    deps.deliveries.send = async (deliveries, now) => {
      if (!late) {
        late = true;
        deps.clock.ms += jobLeaseMs;
        await runJob(job, deps);
      }
      return send(deliveries, now);
    };
    const before = deps.jobQueue.queued.length;
    await runJob(job, deps);
    // The late worker has detected it and sent no message.
    expect(deps.jobQueue.queued).toHaveLength(before + 1);
  });

  it("has a lease longer than its timeout and shorter than the visibility timeout", () => {
    expect(jobLeaseMs).toBeGreaterThan(jobTimeoutSeconds * 1_000);
    expect(jobLeaseMs).toBeLessThan(6_000 * jobTimeoutSeconds);
    expect(jobRunMs).toBeLessThan(jobTimeoutSeconds * 1_000);
  });
});

describe("a job", () => {
  it("is refused while its integration is disabled or has a running job", async () => {
    const disabled = await world({ letters: 1, integration: { disabled: true } });
    await expect(begin(disabled)).rejects.toMatchObject({
      code: "integration_disabled",
      status: 409,
    });
    const deps = await world({ letters: 1 });
    const job = await begin(deps);
    await expect(begin(deps)).rejects.toThrow(job.id);
  });

  it("is limited to a few running per fleet, and a hundred per week", async () => {
    const deps = await world();
    for (let i = 0; i < 5; i += 1) await deps.jobs.add(aJob({ id: `j${i}`, integration: `i${i}` }));
    await expect(begin(deps)).rejects.toMatchObject({ code: "limit_reached" });
    const full = await world();
    for (let i = 0; i < 100; i += 1) await full.jobs.add(aJob({ id: `j${i}`, state: "done" }));
    await expect(begin(full)).rejects.toMatchObject({ code: "limit_reached" });
  });

  it("with a lost message continues when it is listed", async () => {
    const deps = await world({ letters: 5 });
    const job = await begin(deps);
    deps.jobQueue.queued.splice(0);
    await listJobs({ fleet, id: "integration-1" }, deps);
    expect(deps.jobQueue.queued).toEqual([]);
    deps.clock.ms += jobStalledMs;
    await listJobs({ fleet, id: "integration-1" }, deps);
    expect(deps.jobQueue.queued).toEqual([{ fleet, id: job.id }]);
  });
});

describe("a plan", () => {
  it("has the number, age and size, and changes nothing", async () => {
    const deps = await world({ letters: 3 });
    const counted = await countDeadLetters("integration-1", {}, deps);
    expect(counted).toMatchObject({
      count: 3,
      atLeast: false,
      oldest: someTime - 1_000_000,
      newest: someTime - 1_000_000 + 2,
    });
    expect(counted.bytes).toBeGreaterThan(300);
    expect(await letterIds(deps)).toHaveLength(3);
  });

  it("has a lower bound if there are more dead letters than the maximum count", async () => {
    const deps = await world({ letters: planItemsMax + 300 });
    const counted = await countDeadLetters("integration-1", {}, deps);
    expect(counted).toMatchObject({ count: planItemsMax, atLeast: true });
  });

  it("takes the slow start into account", () => {
    expect([0, 4_999, 5_000, 10_000, 15_000, 99_000].map((ms) => jobRate(80, ms))).toEqual([
      10, 10, 20, 40, 80, 80,
    ]);
    expect(jobRate(1, 0)).toBe(1);
    expect([0, 10, 50, 350, 430].map((count) => jobSeconds(count, 80))).toEqual([0, 1, 5, 15, 16]);
  });

  it("costs more for more and larger deliveries and more regions", () => {
    const load = { count: 1_000_000, bytes: 1e9, regions: 1 };
    const dollars = replayCost(load);
    // 1.3 for requests, 0.2 and 1.33 for attempts, 0.09 for egress, 0.125 and 0.625 for the table.
    expect(dollars).toBeCloseTo(1.3 + 0.2 + 1.33334 + 0.09 + 0.125 + 0.625, 5);
    expect(replayCost({ ...load, regions: 2 })).toBeCloseTo(dollars + 0.625, 5);
    expect(replayCost({ ...load, count: 0, bytes: 0 })).toBe(0);
  });
});
