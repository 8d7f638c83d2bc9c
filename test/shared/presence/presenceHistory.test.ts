import { describe, expect, it } from "vitest";
import type { ReceivedEvent } from "#shared/event/deviceEvent.ts";
import { listPresence } from "#shared/presence/listPresence.ts";
import { memoryLink } from "../../memory/device/deviceLink.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { memoryBroker } from "../../memory/platform/broker.ts";
import { memoryEpochs } from "../../memory/presence/epochs.ts";
import { handlePresence } from "../../memory/presence/handlePresence.ts";
import { memoryPresenceHistory } from "../../memory/presence/presenceHistory.ts";
import { memorySessionRecoveries } from "../../memory/presence/sessionRecoveries.ts";
import { memorySessions } from "../../memory/presence/sessions.ts";
import { base64, deviceId, fleet, someTime } from "../../memory/samples.ts";

const world = () => {
  const device = { id: deviceId, fleet, name: "lamp", createdAt: "" };
  const broker = memoryBroker();
  const history = memoryPresenceHistory();
  return {
    devices: memoryDevices([device]),
    sessions: memorySessions(),
    recoveries: memorySessionRecoveries(),
    history,
    epochs: memoryEpochs(),
    broker,
    link: memoryLink(),
    now: () => someTime,
    onError: () => {},
    /** The changes that the API lists. */
    listed: async (wanted: object = {}) => {
      const page = await listPresence(device, { limit: 100, ...wanted }, { history });
      return page.changes.map(({ at, online, reason }) => [at - someTime, online, reason]);
    },
  };
};

type Kind = "connected" | "disconnected";

const presence = (eventType: Kind, at: number, session = "s1"): ReceivedEvent => ({
  topic: `$aws/events/presence/${eventType}/${deviceId}`,
  id: `m${at}`,
  receivedAt: someTime + at,
  data: base64(
    JSON.stringify({
      clientId: deviceId,
      eventType,
      timestamp: someTime + at,
      sessionIdentifier: session,
      versionNumber: at,
      ...(eventType === "disconnected" && { disconnectReason: "CONNECTION_LOST" }),
    }),
  ),
});

describe("the history of a device's presence", () => {
  it("has each connect and disconnect with its time and its reason, newest first", async () => {
    const deps = world();
    await handlePresence([presence("connected", 1)], deps);
    await handlePresence([presence("disconnected", 5)], deps);
    await handlePresence([presence("connected", 9, "s2")], deps);
    expect(await deps.listed()).toEqual([
      [9, true, undefined],
      [5, false, "CONNECTION_LOST"],
      [1, true, undefined],
    ]);
  });

  it("has the time of each event of a batch", async () => {
    const deps = world();
    const batch = [
      presence("connected", 1),
      presence("disconnected", 5),
      presence("connected", 9, "s2"),
    ];
    await handlePresence(batch, deps);
    expect(await deps.listed()).toEqual([
      [9, true, undefined],
      [5, false, "CONNECTION_LOST"],
      [1, true, undefined],
    ]);
    // A redelivery has no effect.
    await handlePresence(batch, deps);
    expect(await deps.listed()).toHaveLength(3);
  });

  it("has the disconnect that a second connect implies, without a reason", async () => {
    const deps = world();
    await handlePresence([presence("connected", 1)], deps);
    await handlePresence([presence("connected", 9, "s2")], deps);
    expect(await deps.listed()).toEqual([
      [9, true, undefined],
      [9, false, undefined],
      [1, true, undefined],
    ]);
  });

  it.each(["add", "publish", "put"] as const)(
    "has each change once after a crash at any %s",
    async (operation) => {
      for (let at = 1; at <= 3; at += 1) {
        const deps = world();
        let calls = 0;
        const crash = (): void => {
          calls += 1;
          if (calls === at) throw new Error("killed");
        };
        const broken = {
          ...deps,
          history: {
            add: async (...given: Parameters<typeof deps.history.add>) => {
              if (operation === "add") crash();
              await deps.history.add(...given);
            },
          },
          broker: {
            ...deps.broker,
            publish: async (...given: Parameters<typeof deps.broker.publish>) => {
              if (operation === "publish") crash();
              await deps.broker.publish(...given);
            },
          },
          sessions: {
            ...deps.sessions,
            put: async (...given: Parameters<typeof deps.sessions.put>) => {
              if (operation === "put") crash();
              return deps.sessions.put(...given);
            },
          },
        };
        const batch = [presence("connected", 1), presence("disconnected", 5)];
        await handlePresence(batch, broken);
        const later = { ...deps, now: () => someTime + 120_000 };
        await handlePresence(batch, later);
        expect(await deps.listed(), `at ${at}`).toEqual([
          [5, false, "CONNECTION_LOST"],
          [1, true, undefined],
        ]);
      }
    },
  );

  it("is listed in pages and time ranges, only for the fleet at that time", async () => {
    const deps = world();
    const batch = [1, 2, 3, 4, 5].flatMap((n) => [
      presence("connected", 2 * n, `s${n}`),
      presence("disconnected", 2 * n + 1, `s${n}`),
    ]);
    await handlePresence(batch.slice(0, 4), deps);
    await handlePresence(batch.slice(4), deps);
    const found: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await listPresence({ id: deviceId, fleet }, { limit: 3, cursor }, deps);
      found.push(...page.changes.map(({ at }) => at - someTime));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(found).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    const range = { since: someTime + 4, until: someTime + 6 };
    expect((await deps.listed(range)).map(([at]) => at)).toEqual([5, 4]);
    const others = { id: deviceId, fleet: "f2" };
    expect(await listPresence(others, { limit: 3 }, deps)).toEqual({ changes: [] });
  });
});
