import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReceivedEvent } from "#shared/event/deviceEvent.ts";
import { reconcileTopic } from "#shared/platform/topic.ts";
import { pendingStatusesMax, statusPublishMs } from "#shared/presence/limits.ts";
import type { Session } from "#shared/presence/session.ts";
import { memoryLink } from "../../../memory/device/deviceLink.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memoryBroker } from "../../../memory/platform/broker.ts";
import { memoryEpochs } from "../../../memory/presence/epochs.ts";
import { handlePresence } from "../../../memory/presence/handlePresence.ts";
import { memoryPresenceHistory } from "../../../memory/presence/presenceHistory.ts";
import { memorySessionRecoveries } from "../../../memory/presence/sessionRecoveries.ts";
import { memorySessions } from "../../../memory/presence/sessions.ts";
import { base64, deviceId, fleet, stoppedClock } from "../../../memory/samples.ts";
import { everyOrder, takeTurns } from "../../../memory/turns.ts";

/** A device that is connected by `s1`. This status is published. */
const known = (now: number): Session => ({
  device: deviceId,
  region: "us-east-1",
  connected: true,
  since: now - 600_000,
  id: "s1",
  version: 1,
  at: now - 600_000,
  handshakeAt: now - 600_000,
  hello: { functions: [], variables: {} },
  helloAt: now - 600_000,
  revision: 1,
});

const world = () => {
  const clock = stoppedClock();
  const turns = takeTurns();
  const sessions = memorySessions();
  sessions.rows.set(`${deviceId} us-east-1`, known(clock.ms));
  const broker = memoryBroker();
  const devices = memoryDevices([{ id: deviceId, fleet, createdAt: "" }]);
  const start = clock.ms;
  const depsOf = (worker: string) => ({
    devices,
    sessions: turns.wrap(worker, sessions),
    broker: turns.wrap(worker, broker),
    recoveries: memorySessionRecoveries(),
    history: memoryPresenceHistory(),
    epochs: memoryEpochs(),
    link: memoryLink(),
    now: clock.now,
    onError: () => {},
  });
  const published = () =>
    broker.published
      .filter(({ topic }) => topic.endsWith("/spark/status"))
      .map(({ payload }) => Buffer.from(payload).toString());
  const row = () => sessions.rows.get(`${deviceId} us-east-1`);
  return { clock, start, turns, depsOf, published, row };
};

type World = ReturnType<typeof world>;

/** Connection `n` comes 10 minutes after the one before it, and ends after 5. */
const presence =
  (eventType: "connected" | "disconnected", n: number) =>
  (start: number): ReceivedEvent => ({
    topic: `$aws/events/presence/${eventType}/${deviceId}`,
    id: `${eventType} ${n}`,
    receivedAt: start,
    data: base64(
      JSON.stringify({
        clientId: deviceId,
        eventType,
        timestamp: start + (n - 2) * 600_000 + (eventType === "connected" ? 0 : 300_000),
        sessionIdentifier: `s${n}`,
        versionNumber: n,
        ...(eventType === "disconnected" && { disconnectReason: "CONNECTION_LOST" }),
      }),
    ),
  });

const reconcileRequest = (start: number): ReceivedEvent => ({
  topic: reconcileTopic(deviceId),
  id: "doubt",
  receivedAt: start,
  data: "",
});

type Message = (start: number) => ReceivedEvent;

/**
 * Gives each message to its own worker, all concurrently. Like the queue, it redelivers the
 * messages that a worker did not complete, after the maximum duration of a worker. `onTurn` may
 * crash a worker of the first round.
 */
const deliver = async (
  here: World,
  messages: readonly Message[],
  choose: (count: number) => number,
  onTurn: (worker: string) => void = () => {},
): Promise<void> => {
  // The same one twice is two messages.
  let left = messages.map(
    (message): Message =>
      (start) =>
        message(start),
  );
  for (let round = 0; left.length > 0; round += 1) {
    if (round === 20) throw new Error("messages are redelivered repeatedly");
    const done = new Set<Message>();
    for (const [i, message] of left.entries()) {
      void handlePresence([message(here.start)], here.depsOf(`${round} ${i}`)).then(([error]) => {
        if (error === undefined) done.add(message);
      });
    }
    await here.turns.run(choose, round === 0 ? onTurn : undefined);
    left = left.filter((message) => !done.has(message));
    here.clock.ms += statusPublishMs;
  }
};

const expectPublished = ({ row, published }: World): void => {
  expect(row()).not.toHaveProperty("untold");
  expect(row()).not.toHaveProperty("teller");
  const last = published().at(-1) ?? "online";
  expect({ last, published: published() }).toEqual({
    last: row()?.connected ? "online" : "offline",
    published: published(),
  });
};

describe("the published statuses of a device", () => {
  it("end with the status of the table, in every order of two workers", async () => {
    const runs = await everyOrder(async (choose) => {
      const here = world();
      await deliver(here, [presence("connected", 2), presence("disconnected", 1)], choose);
      expect(here.row()).toMatchObject({ connected: true, id: "s2" });
      expectPublished(here);
    });
    expect(runs).toBeGreaterThan(40);
  });

  it("end with the status of the table, also after crashes at any step and redeliveries", async () => {
    const messages = [
      presence("disconnected", 1),
      presence("connected", 2),
      presence("disconnected", 2),
      presence("connected", 3),
      reconcileRequest,
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...messages), { minLength: 1, maxLength: 5 }),
        fc.infiniteStream(fc.nat()),
        fc.array(fc.tuple(fc.nat(4), fc.integer({ min: 1, max: 8 })), { maxLength: 3 }),
        async (chosen, choices, deaths) => {
          const here = world();
          const counts = new Map<string, number>();
          await deliver(
            here,
            chosen,
            (count) => choices.next().value % count,
            (worker) => {
              const count = (counts.get(worker) ?? 0) + 1;
              counts.set(worker, count);
              if (deaths.some(([who, when]) => worker === `0 ${who}` && when === count)) {
                here.turns.kill(worker);
              }
            },
          );
          expectPublished(here);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("are bounded while none can be published, and end with the current status", async () => {
    const here = world();
    const deps = here.depsOf("x");
    const away = { ...deps, broker: { publish: () => Promise.reject(new Error("down")) } };
    for (let n = 2; n < 2 + pendingStatusesMax; n += 1) {
      void handlePresence([presence("connected", n)(here.start)], away);
      await here.turns.run(() => 0);
    }
    expect(here.row()?.unpublished).toHaveLength(pendingStatusesMax);
    await deliver(here, [presence("disconnected", 1 + pendingStatusesMax)], () => 0);
    expect(here.row()?.connected).toBe(false);
    expectPublished(here);
  });
});
