import { describe, expect, it } from "vitest";
import { acceptEvent } from "#shared/event/deviceEvent.ts";
import { clockAheadMsMax } from "#shared/platform/limits.ts";
import { receiveTimesKeptMs } from "#shared/stream/limits.ts";
import { eventHash } from "#shared/stream/position.ts";
import { decodeReceiveTimes } from "#shared/stream/receiveTimes.ts";
import { pauseAfterErrorMs } from "#shared/stream/resume/limits.ts";
import { publishReceiveTimes } from "#shared/stream/resume/publishReceiveTimes.ts";
import { memoryBroker } from "../../../memory/platform/broker.ts";
import { aReceivedEvent, fleet, someTime, stoppedClock } from "../../../memory/samples.ts";

/** A worker of a region in which two fleets have listeners. */
const world = () => {
  const clock = stoppedClock();
  const broker = memoryBroker();
  const state = { isDown: false, asked: 0 };
  const errors: string[] = [];
  const publish = publishReceiveTimes({
    integrations: {
      async listenedUntil(of) {
        if (of === "down") throw new Error("the table is down");
        return of === "quiet" ? 0 : Number.POSITIVE_INFINITY;
      },
    },
    broker: {
      async publish(topic, payload) {
        state.asked += 1;
        if (state.isDown) throw new Error("the broker is down");
        await broker.publish(topic, payload);
      },
    },
    now: clock.now,
    onError: (what) => errors.push(what),
  });
  const event = (name: string, given: { fleet?: string; receivedAt?: number } = {}) => {
    const topic = `events/${given.fleet ?? fleet}/d1/${name}`;
    return acceptEvent(aReceivedEvent({ ...given, topic, data: "" }))!;
  };
  const said = () =>
    broker.published.map(({ topic, payload }) => ({ topic, stamps: decodeReceiveTimes(payload) }));
  return { clock, state, errors, publish, event, said };
};

const hash = (name: string, of = fleet): string => eventHash(`events/${of}/d1/${name}`, "");

describe("the receive times of events", () => {
  it("are published in one message for each fleet with listeners", async () => {
    const { publish, event, said } = world();
    await publish([
      event("a", { receivedAt: someTime - 1 }),
      event("b", { receivedAt: someTime - 2 }),
      event("a", { fleet: "other" }),
      event("a", { fleet: "quiet" }),
      event("a", { fleet: "down" }),
    ]);
    expect(said()).toEqual([
      {
        topic: `stamps/${fleet}`,
        stamps: [
          { hash: hash("b"), at: someTime - 2 },
          { hash: hash("a"), at: someTime - 1 },
        ],
      },
      { topic: "stamps/other", stamps: [{ hash: hash("a", "other"), at: someTime }] },
    ]);
  });

  it("are published only for events whose time depends on them", async () => {
    const { publish, event, said } = world();
    const ahead = `b/?at=${someTime + clockAheadMsMax}`;
    await publish([event("a/?at=7"), event(ahead), event("five/parts/of/a/name")]);
    expect(said().flatMap(({ stamps }) => stamps.map((one) => one.hash))).toEqual([
      hash(ahead),
      hash("five/parts/of/a/name"),
    ]);
    await publish([event("a/?at=7")]);
    expect(said()).toHaveLength(1);
  });

  it("are not published for events that no stream holds any more", async () => {
    const { state, publish, event } = world();
    const late = event("a", { receivedAt: someTime - receiveTimesKeptMs });
    await publish([late, { ...event("b"), isRedelivered: true }]);
    expect(state.asked).toBe(0);
  });

  it("are not published for a while after an error of the broker", async () => {
    const { clock, state, errors, publish, event } = world();
    state.isDown = true;
    await publish([event("a")]);
    await publish([event("a")]);
    expect(errors).toEqual(["publishReceiveTimes"]);
    expect(state.asked).toBe(1);
    state.isDown = false;
    clock.ms += pauseAfterErrorMs;
    await publish([event("a", { receivedAt: clock.ms })]);
    expect(state.asked).toBe(2);
  });

  it("are an empty list for any other payload", () => {
    for (const text of ["", "null", "[]", '{"stamps":[{"hash":1,"at":"x"}]}']) {
      expect(decodeReceiveTimes(Buffer.from(text))).toEqual([]);
    }
  });
});
