import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  deliveryJitter,
  deliveryWaitsSeconds,
  targetHealthWrittenMax,
} from "#shared/delivery/limits.ts";
import { trackTargetHealth } from "#shared/delivery/trackTargetHealth.ts";
import { integrationInput } from "#shared/integration/integrationInput.ts";
import { replaceIntegration } from "#shared/integration/replaceIntegration.ts";
import {
  disabledAfterMs,
  failingAttemptsMin,
  failingGapMsMax,
  slowLaneMs,
  targetHealthWriteMs,
} from "#shared/resilience/limits.ts";
import type { TargetHealth } from "#shared/resilience/targetHealth.ts";
import { memoryAuditLog } from "../../memory/audit/auditLog.ts";
import { memoryIntegrations } from "../../memory/delivery/integrations.ts";
import { memoryTargetHealth } from "../../memory/delivery/targetHealth.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { memoryBroker } from "../../memory/platform/broker.ts";
import { anIntegration, fleet, someTime, stoppedClock } from "../../memory/samples.ts";

const hourMs = 3_600_000;
const integration = anIntegration();

/** One integration, and workers that read every write at once. */
const world = () => {
  const rows = new Map<string, TargetHealth>();
  const clock = stoppedClock();
  const integrations = memoryIntegrations([integration]);
  const broker = memoryBroker();
  const errors: string[] = [];
  const table = memoryTargetHealth(rows);
  let writes = 0;
  const put: typeof table.put = (...given) => {
    writes += 1;
    return table.put(...given);
  };
  const audit = memoryAuditLog();
  const deps = {
    integrations,
    audit,
    healthRecords: { put },
    broker,
    now: clock.now,
    onError: (what: string) => void errors.push(what),
  };
  const keeper = trackTargetHealth(deps);
  const known = () => rows.get(`${fleet}/${integration.id}`);
  const stored = async () => (await integrations.find(fleet, integration.id))!;
  return {
    ...{ clock, deps, errors, known, audit },
    writes: () => writes,
    isDisabled: async () => (await stored()).disabled,
    told: () =>
      broker.published.map(({ topic, payload }) => ({
        event: topic.split("/").slice(2).join("/"),
        ...JSON.parse(Buffer.from(payload).toString()),
      })),
    fail: async (given: { attempts?: number; openUntil?: number; known?: TargetHealth } = {}) =>
      keeper.failed(await stored(), {
        known: known(),
        attempts: failingAttemptsMin,
        reason: "the target answered 500",
        openUntil: undefined,
        ...given,
      }),
    gone: async () => keeper.gone(await stored(), "the target answered 410"),
    /** A change by the owner over the API. */
    async write(settings: { disabled: boolean }) {
      const input = { event: integration.event, url: integration.url, ...settings };
      const more = { devices: memoryDevices(), wait: async () => undefined };
      const which = { fleet, id: integration.id };
      await replaceIntegration(which, integrationInput.parse(input), { ...deps, ...more });
    },
    succeed: (before = known()) => keeper.succeeded(integration, before),
    slow: (before = known()) => keeper.slow(integration, before),
  };
};

/**
 * The next five days: it is disabled at their end and not before, and its owner is notified three
 * times.
 */
const failForFiveDays = async ({ fail, clock, isDisabled, told }: ReturnType<typeof world>) => {
  const before = told().length;
  for (let hour = 0; hour <= 120; hour += 1) {
    expect(await isDisabled()).toBe(false);
    await fail();
    clock.ms += hourMs;
  }
  expect(await isDisabled()).toBe(true);
  expect(told().slice(before)).toMatchObject([{ percent: 50 }, { percent: 90 }, { percent: 100 }]);
};

describe("a failing integration", () => {
  it("costs no write while it works, and for a transient failure", async () => {
    const { succeed, fail, writes } = world();
    await succeed();
    await fail({ attempts: failingAttemptsMin - 1 });
    await succeed();
    expect(writes()).toBe(0);
  });

  it("costs one write per hour, however many attempts fail", async () => {
    const { fail, writes, clock, known } = world();
    for (let minute = 0; minute < 600; minute += 1) {
      await fail();
      clock.ms += 60_000;
    }
    expect(writes()).toBe(600 / (targetHealthWriteMs / 60_000));
    expect(known()).toMatchObject({ since: someTime, hours: 10 });
  });

  it("costs at most two writes per hour if it works intermittently", async () => {
    const { fail, succeed, writes, clock } = world();
    for (let second = 0; second < 3_600; second += 1) {
      await (second % 2 === 0 ? fail() : succeed());
      clock.ms += 1_000;
    }
    expect(writes()).toBe(2);
  });

  it("receives no attempts from any worker after one has opened the circuit", async () => {
    const { fail, succeed, known } = world();
    await fail({ attempts: 1, openUntil: someTime + 5 });
    expect(known()).toMatchObject({ openUntil: someTime + 5 });
    await fail({ attempts: 1, openUntil: someTime + 50 });
    expect(known()).toMatchObject({ openUntil: someTime + 50 });
    await succeed();
    expect(known()?.openUntil).toBeUndefined();
    expect(known()?.since).toBeUndefined();
  });

  it("is disabled after five days of failures only, and its owner is notified three times", async () => {
    const { fail, clock, isDisabled, told, known } = world();
    const at: number[] = [];
    for (let hour = 0; hour <= 120; hour += 1) {
      const before = told().length;
      await fail();
      if (told().length > before) at.push(hour);
      expect(await isDisabled()).toBe(hour === 120);
      clock.ms += hourMs;
    }
    expect(at).toEqual([60, 108, 120]);
    const both = { id: integration.id, name: integration.name, since: expect.any(String) };
    const failingEvent = "particle-internal/integration/failing";
    const failing = { ...both, reason: "the target answered 500" };
    expect(told()).toEqual([
      { ...failing, event: failingEvent, percent: 50, disabled_at: expect.any(String) },
      { ...failing, event: failingEvent, percent: 90, disabled_at: expect.any(String) },
      {
        ...both,
        event: "particle-internal/integration/disabled",
        percent: 100,
        reason: "every attempt failed for 5 days; the last reason: the target answered 500",
        disabled_at: new Date(someTime + disabledAfterMs).toISOString(),
      },
    ]);
    expect(known()?.since).toBeUndefined();
  });

  it("is not disabled for two failures that are five days apart", async () => {
    const { fail, clock, isDisabled, told } = world();
    await fail();
    clock.ms += disabledAfterMs;
    await fail();
    expect(await isDisabled()).toBe(false);
    expect(told()).toEqual([]);
  });

  it("restarts the count after a gap longer than any wait of a delivery", async () => {
    const all = world();
    const { fail, clock, isDisabled, told, known } = all;
    for (const seconds of [0, ...deliveryWaitsSeconds]) {
      clock.ms += seconds * 1_000;
      await fail();
    }
    const before = told().length;
    clock.ms += 30 * 24 * hourMs;
    await fail({ attempts: 1 });
    expect(await isDisabled()).toBe(false);
    await fail();
    expect(known()).toMatchObject({ since: clock.ms, hours: 1, told: 0 });
    expect(told()).toHaveLength(before);
    await failForFiveDays(all);
  });

  it("continues the count over the longest wait of a delivery", async () => {
    const { fail, clock, isDisabled } = world();
    const longestMs = Math.max(...deliveryWaitsSeconds) * (1 + deliveryJitter) * 1_000;
    expect(longestMs + targetHealthWriteMs).toBeLessThan(failingGapMsMax);
    for (let elapsed = 0; elapsed < disabledAfterMs; elapsed += longestMs) {
      await fail();
      clock.ms += longestMs;
    }
    await fail();
    expect(await isDisabled()).toBe(true);
  });

  it.each(["its target was gone", "its owner had disabled it"])(
    "has another five days after its owner enables it, although %s",
    async (why) => {
      const all = world();
      const { fail, gone, write, clock, isDisabled, told, known } = all;
      for (let hour = 0; hour < 119; hour += 1) {
        clock.ms += hourMs;
        await fail();
      }
      await (why === "its target was gone" ? gone() : write({ disabled: true }));
      expect(await isDisabled()).toBe(true);
      await write({ disabled: false });
      clock.ms += 1;
      const before = told().length;
      await fail();
      expect(known()).toMatchObject({ since: clock.ms, hours: 1, told: 0 });
      expect(told()).toHaveLength(before);
      await failForFiveDays(all);
    },
  );

  it("gets no extra time from changes while it is enabled", async () => {
    const { fail, write, clock, isDisabled } = world();
    for (let hour = 0; hour <= 120; hour += 1) {
      await fail();
      await write({ disabled: await isDisabled() });
      clock.ms += hourMs;
    }
    expect(await isDisabled()).toBe(true);
  });

  it("is never disabled while one of its attempts in five days works", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 119 }), { maxLength: 6 }),
        async (runs) => {
          const { fail, succeed, clock, isDisabled } = world();
          for (const hours of runs) {
            for (let hour = 0; hour < hours; hour += 1) {
              await fail();
              clock.ms += hourMs;
            }
            await succeed();
          }
          expect(await isDisabled()).toBe(false);
        },
      ),
    ));

  it("is notified once when many workers detect it concurrently", async () => {
    const { fail, clock, told, known } = world();
    for (let hour = 0; hour < 60; hour += 1) {
      await fail();
      clock.ms += hourMs;
    }
    const before = known();
    await Promise.all(Array.from({ length: 5 }, () => fail({ known: before! })));
    expect(told()).toHaveLength(1);
  });

  it("is healthy again when a slow attempt succeeds, although slowness was stored meanwhile", async () => {
    const { fail, succeed, slow, known, clock } = world();
    await fail();
    clock.ms += hourMs;
    const before = known();
    await slow(before);
    await succeed(before);
    expect(known()).toMatchObject({ since: undefined, slowUntil: clock.ms + slowLaneMs });
  });

  it("is disabled although its owner cannot be notified", async () => {
    const { deps, fail, clock, isDisabled, errors } = world();
    deps.broker.publish = async () => Promise.reject(new Error("the broker is down"));
    for (let hour = 0; hour <= 120; hour += 1) {
      await fail();
      clock.ms += hourMs;
    }
    expect(await isDisabled()).toBe(true);
    expect(errors).toEqual(["event", "event", "event"]);
  });
});

it("an integration that is disabled is in the audit log, once, by the system", async () => {
  const clock = stoppedClock();
  const audit = memoryAuditLog();
  const integration = anIntegration();
  const integrations = memoryIntegrations([integration]);
  const keeper = () =>
    trackTargetHealth({
      integrations,
      audit,
      healthRecords: memoryTargetHealth(new Map()),
      broker: memoryBroker(),
      now: clock.now,
      onError: () => {},
    });
  // Two workers get a 410 in the same minute.
  await Promise.all([keeper().gone(integration, "410"), keeper().gone(integration, "410")]);
  expect(audit.entries()).toMatchObject([
    {
      fleet,
      actor: { kind: "system" },
      action: "integration.disable",
      subject: { kind: "integration", id: integration.id, name: integration.name },
      outcome: "done",
      after: { disabled: true, reason: "410" },
    },
  ]);
});

it("an integration is not disabled while that cannot be recorded", async () => {
  const audit = memoryAuditLog();
  audit.begin = async () => {
    throw new Error("the table does not respond");
  };
  const integration = anIntegration();
  const integrations = memoryIntegrations([integration]);
  const keeper = trackTargetHealth({
    integrations,
    audit,
    healthRecords: memoryTargetHealth(new Map()),
    broker: memoryBroker(),
    now: stoppedClock().now,
    onError: () => {},
  });
  await expect(keeper.gone(integration, "410")).rejects.toMatchObject({ code: "unavailable" });
  expect((await integrations.find(fleet, integration.id))?.disabled).toBeFalsy();
});

it("a worker caches the health of the most recent integrations", async () => {
  const rows = new Map<string, TargetHealth>();
  const clock = stoppedClock();
  const keeper = trackTargetHealth({
    integrations: memoryIntegrations(),
    audit: memoryAuditLog(),
    healthRecords: memoryTargetHealth(rows),
    broker: memoryBroker(),
    now: clock.now,
    onError: () => {},
  });
  const one = (n: number) => anIntegration({ id: `i${n}` });
  for (let n = 0; n <= targetHealthWrittenMax; n += 1) await keeper.slow(one(n), undefined);
  clock.ms += slowLaneMs;
  // It continues from its last write, and has evicted the first one.
  await keeper.slow(one(targetHealthWrittenMax), undefined);
  await keeper.slow(one(0), undefined);
  const revisions = [0, targetHealthWrittenMax].map((n) => rows.get(`${fleet}/i${n}`)?.revision);
  expect(revisions).toEqual([1, 2]);
});
