import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PublishedUpdate, Session } from "#shared/presence/session.ts";
import { publishUpdateEvents } from "#shared/release/protocol/publishUpdateEvents.ts";
import { stageOf, type UpdateStep } from "#shared/release/protocol/updateEvents.ts";
import { memoryBroker } from "../../../memory/platform/broker.ts";
import { memoryPresenceHistory } from "../../../memory/presence/presenceHistory.ts";
import { memorySessionRecoveries } from "../../../memory/presence/sessionRecoveries.ts";
import { memorySessions } from "../../../memory/presence/sessions.ts";
import { deviceId, fleet, someTime } from "../../../memory/samples.ts";

const device = { id: deviceId, fleet, product: 7, createdAt: "" };
const sha256 = "b".repeat(64);

const step = (stage: UpdateStep["stage"], seconds: number, more: Partial<UpdateStep> = {}) => ({
  ...{ release: "r1", version: 4, sha256, stage, at: someTime + seconds * 1_000 },
  ...more,
});

const world = () => {
  const sessions = memorySessions();
  const broker = memoryBroker();
  let now = someTime;
  const deps = {
    ...{ sessions, broker, history: memoryPresenceHistory(), region: "us-east-1" },
    recoveries: memorySessionRecoveries(),
    now: () => now,
  };
  const publish = (given: UpdateStep, elsewhere: PublishedUpdate[] = [], more: object = {}) =>
    publishUpdateEvents(device, given, { ...deps, ...more }, elsewhere);
  const published = () =>
    broker.published.map(({ topic, payload }) => [
      topic.replace(`events/${fleet}/${deviceId}/`, ""),
      Buffer.from(payload).toString(),
    ]);
  return { ...deps, publish, published, sleep: (ms: number) => (now += ms) };
};

const begun = [
  ["spark/status", "auto-update"],
  ["spark/flash/status", "started "],
];
const sent = [["spark/flash/status", "success "]];
const failed = [["spark/flash/status", "failed"]];
const updated = [
  ["spark/device/last_reset", "update"],
  ["particle/device/updates/forced", "false"],
  ["spark/device/app-hash", sha256],
  ["particle/device/updates/pending", "false"],
  ["particle/device/updates/enabled", "true"],
];

const steps = {
  started: step("started", 1),
  sent: step("sent", 2),
  updated: step("updated", 3, { image: sha256 }),
};

describe("the events of an update", () => {
  it("have the names, the bytes and the order of Particle", async () => {
    const { publish, published } = world();
    for (const each of [steps.started, steps.sent, steps.updated]) await publish(each);
    expect(published()).toEqual([...begun, ...sent, ...updated]);
  });

  it("are published once, whatever the order and the number of the deliveries of a message", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(
          [0, 1, 2, 3].flatMap((n) => [n, n]),
          { minLength: 8 },
        ),
        async (order) => {
          const { publish, published } = world();
          const messages = [steps.started, step("started", 1.5), steps.sent, step("sent", 4)];
          for (const n of order) await publish(messages[n] ?? steps.started);
          expect(published()).toEqual([...begun, ...sent]);
          for (let times = 0; times < 2; times += 1) await publish(steps.updated);
          expect(published()).toEqual([...begun, ...sent, ...updated]);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("follow the reports that come after the hello of the new image", async () => {
    const { publish, published } = world();
    await publish(steps.started);
    await publish(steps.updated);
    await publish(steps.sent);
    expect(published()).toEqual([...begun, ...sent, ...updated]);
  });

  it("say that an update failed, and that another attempt begins", async () => {
    const { publish, published } = world();
    await publish(steps.started);
    await publish(step("failed", 2));
    await publish(step("failed", 2));
    await publish(steps.started);
    await publish(step("started", 9));
    expect(published()).toEqual([...begun, ...failed, ...begun]);
  });

  it("of another release begin again", async () => {
    const { publish, published } = world();
    for (const each of [steps.started, steps.sent, steps.updated]) await publish(each);
    await publish(step("started", 9, { release: "r2" }));
    expect(published().slice(-2)).toEqual(begun);
  });

  it("have the values of the hello", async () => {
    const { publish, published } = world();
    const values = { reset: "watchdog", updates: false };
    await publish(step("updated", 3, values));
    expect(published()).toEqual([
      ...begun,
      ...sent,
      ["spark/device/last_reset", "watchdog"],
      ["particle/device/updates/forced", "false"],
      ["particle/device/updates/pending", "false"],
      ["particle/device/updates/enabled", "false"],
    ]);
  });

  it("are not repeated by the region to which the device moves", async () => {
    const { publish, published } = world();
    const { version } = steps.sent;
    const known = { release: "r1", version, sha256, at: someTime + 2_000 };
    await publish(steps.updated, [{ ...known, stage: "sent" }]);
    expect(published()).toEqual(updated);
    await publish(step("updated", 8, { image: sha256 }), [{ ...known, stage: "sent" }]);
    expect(published()).toEqual(updated);
  });

  it.each(["accepted", "downloading", "verified", "restarting", "failed"] as const)(
    "follow from the report %s",
    (state) => expect(stageOf(state)).toBeDefined(),
  );

  it.each(["confirmed", "deferred", "vetoed", "unavailable"] as const)(
    "do not follow from the report %s",
    (state) => expect(stageOf(state)).toBeUndefined(),
  );
});

it("an event follows the statuses that the session lists before it", async () => {
  const { publish, published, sessions } = world();
  const session: Session = {
    ...{ device: deviceId, region: "us-east-1", connected: true, since: 1, at: 1, revision: 1 },
    unpublished: [
      { status: "offline", fleet },
      { status: "online", fleet },
    ],
    update: { release: "r1", version: 4, sha256, stage: "sent", at: someTime },
  };
  sessions.rows.set(`${deviceId} us-east-1`, session);
  await publish(steps.updated);
  expect(published()).toEqual([
    ["spark/status", "offline"],
    ["spark/status", "online"],
    ...updated,
  ]);
});

it("a worker that dies after any write or event loses no event: the redelivered message publishes the rest", async () => {
  for (let dies = 0; dies < 9; dies += 1) {
    const { publish, published, sessions, broker, sleep } = world();
    let left = dies;
    const orDie =
      <Given extends unknown[], Result>(run: (...given: Given) => Promise<Result>) =>
      (...given: Given): Promise<Result> => {
        left -= 1;
        return left < 0 ? Promise.reject(new Error("killed")) : run(...given);
      };
    const dying = {
      sessions: { ...sessions, put: orDie(sessions.put) },
      broker: { publish: orDie(broker.publish) },
    };
    await publish(steps.sent, [], dying).catch(() => {});
    sleep(61_000);
    await publish(steps.sent);
    // Those that it had published may be repeated.
    const names = published().map(([name, data]) => `${name} ${data}`);
    expect([...new Set(names)]).toEqual(
      [...begun, ...sent].map(([name, data]) => `${name} ${data}`),
    );
    expect(names.length).toBeLessThanOrEqual(2 * 3);
  }
});
