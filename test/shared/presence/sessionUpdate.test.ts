import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Session } from "#shared/presence/session.ts";
import {
  applyHello,
  applyPresenceEvent,
  type PresenceEvent,
} from "#shared/presence/sessionUpdate.ts";
import { deviceId, someTime } from "../../memory/samples.ts";

const place = { device: deviceId, region: "us-east-1" };

const event = (
  eventType: PresenceEvent["eventType"],
  session: number,
  more: Partial<PresenceEvent> = {},
): PresenceEvent => ({
  eventType,
  sessionIdentifier: `session-${session}`,
  versionNumber: session,
  timestamp: someTime + session * 1_000,
  ...more,
});

const comes = (session: number, more?: Partial<PresenceEvent>) => event("connected", session, more);
const goes = (session: number, more?: Partial<PresenceEvent>) =>
  event("disconnected", session, {
    disconnectReason: "CONNECTION_LOST",
    timestamp: someTime + session * 1_000 + 500,
    ...more,
  });

/** The session and the published statuses after events. */
const knownAfter = (events: readonly PresenceEvent[], from?: Session) => {
  let known = from;
  const published: string[] = [];
  for (const each of events) {
    const tracked = applyPresenceEvent(known, each, place);
    if (tracked === undefined) continue;
    published.push(...tracked.statuses);
    known = tracked.session;
  }
  return { known, published };
};

const hourMs = 3_600_000;
/** IoT's times are right to about two minutes. */
const clockErrorMs = 120_000;

/**
 * The connections of one device in their order: how long each held, how long the device was away
 * before, and by how much the broker's clock is off for each event. A number starts again after
 * more than an hour away.
 */
const history = fc
  .array(
    fc.record({
      awayMs: fc.oneof(fc.constant(0), fc.nat(10_000), fc.nat(5 * hourMs)),
      heldMs: fc.oneof(fc.nat(1_000), fc.nat(20 * hourMs)),
      early: fc.nat(clockErrorMs),
      late: fc.nat(clockErrorMs),
      skip: fc.nat(3),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((connections) => {
    let at = someTime;
    let version = -1;
    return connections.flatMap(({ awayMs, heldMs, early, late, skip }, i) => {
      at += awayMs;
      version = awayMs > 1.1 * hourMs ? 0 : version + 1 + skip;
      const sessionIdentifier = `session-${i}`;
      const begins = at;
      at += heldMs;
      // With some clocks a connection seems to end before it began.
      const about = { sessionIdentifier, versionNumber: version };
      return [
        { ...about, eventType: "connected" as const, timestamp: begins - early },
        { ...about, eventType: "disconnected" as const, timestamp: at + late },
      ];
    });
  });

describe("presence", () => {
  it("has the same result for any order and repetition of events", () => {
    fc.assert(
      fc.property(
        history.chain((events) =>
          fc.record({
            events: fc.constant(events),
            isStillThere: fc.boolean(),
            mixed: fc.shuffledSubarray([...events, ...events], {
              minLength: events.length * 2,
              maxLength: events.length * 2,
            }),
          }),
        ),
        ({ events, isStillThere, mixed }) => {
          const last = events.at(-1);
          const seen = isStillThere ? mixed.filter((each) => each !== last) : mixed;
          const { known } = knownAfter(seen);
          expect(known?.id).toBe(last?.sessionIdentifier);
          expect(known?.connected).toBe(isStillThere);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("is correct for every order of the events of a connection takeover", () => {
    const events = [comes(0), comes(1), goes(0, { timestamp: someTime + 1_001 }), goes(1)];
    const orders = events.flatMap((a, i) =>
      events.flatMap((b, j) =>
        events.flatMap((c, k) =>
          events.flatMap((d, l) => (new Set([i, j, k, l]).size === 4 ? [[a, b, c, d]] : [])),
        ),
      ),
    );
    expect(orders).toHaveLength(24);
    for (const order of orders) {
      expect(knownAfter(order).known).toMatchObject({ id: "session-1", connected: false });
      const open = order.filter((each) => each !== events[3]);
      expect(knownAfter(open).known).toMatchObject({ id: "session-1", connected: true });
    }
  });

  it("has the time, the reason and the address", () => {
    const { known } = knownAfter([comes(0, { ipAddress: "192.0.2.1" })]);
    expect(known).toMatchObject({ since: someTime, handshakeAt: someTime, address: "192.0.2.1" });
    const gone = knownAfter([goes(0)], known).known;
    expect(gone).toMatchObject({
      connected: false,
      since: someTime + 500,
      handshakeAt: someTime,
      reason: "CONNECTION_LOST",
      address: "192.0.2.1",
    });
    expect(knownAfter([comes(1)], gone).known).not.toHaveProperty("reason");
  });

  it("publishes each change, and for a new connection also the end of the old one", () => {
    expect(knownAfter([comes(0), goes(0)]).published).toEqual(["online", "offline"]);
    expect(knownAfter([comes(0), comes(0), goes(0), goes(0)]).published).toEqual([
      "online",
      "offline",
    ]);
    expect(knownAfter([comes(0), comes(1), goes(0)]).published).toEqual([
      "online",
      "offline",
      "online",
    ]);
    expect(knownAfter([comes(0), goes(0), goes(1), comes(1)]).published).toEqual([
      "online",
      "offline",
      "online",
      "offline",
    ]);
  });
});

describe("a hello", () => {
  const hello = { functions: ["led"], variables: {}, firmware: "1.2.3" };

  it("is stored across connections, and the latest one is valid", () => {
    const first = applyHello(undefined, { hello, receivedAt: 5 }, place)?.session;
    const second = { ...hello, firmware: "2.0.0" };
    const later = applyHello(first, { hello: second, receivedAt: 7 }, place)?.session;
    expect(applyHello(later, { hello, receivedAt: 6 }, place)).toBeUndefined();
    expect(applyHello(later, { hello: second, receivedAt: 7 }, place)).toBeUndefined();
    expect(knownAfter([goes(0), comes(1)], later).known?.hello).toEqual(second);
  });

  it("restores a lost session, and a later presence event has precedence", () => {
    const receivedAt = someTime + 400;
    const back = applyHello(undefined, { hello, receivedAt }, place)?.session;
    expect(back).toMatchObject({ connected: true, since: receivedAt });
    expect(knownAfter([goes(-1, { timestamp: someTime - 1 })], back).known?.connected).toBe(true);
    expect(knownAfter([comes(0)], back).known).toMatchObject({ connected: true, id: "session-0" });
    expect(knownAfter([goes(0)], back).known).toMatchObject({ connected: false, id: "session-0" });
  });
});
