import { describe, expect, it } from "vitest";
import type { ReceivedEvent } from "#shared/event/deviceEvent.ts";
import { receiveTimesTopic } from "#shared/platform/topic.ts";
import { followEvents } from "#shared/stream/follow/followEvents.ts";
import { reconnectMsMax, regionUnavailableMs } from "#shared/stream/limits.ts";
import type { Listening, LiveEvents } from "#shared/stream/ports.ts";
import { eventHash, readCursor } from "#shared/stream/position.ts";
import { encodeReceiveTimes } from "#shared/stream/receiveTimes.ts";
import { listeningMs } from "#shared/stream/resume/limits.ts";
import { memoryListeners } from "../../../memory/event/listeners.ts";
import { memoryRecentEvents } from "../../../memory/event/recentEvents.ts";
import { type MemoryBroker, memoryBroker } from "../../../memory/platform/broker.ts";
import { base64, fleet, someTime } from "../../../memory/samples.ts";
import { virtualTime } from "../../../simulation/virtualTime.ts";

const there = "eu-west-1";

/** Two regions, a fleet with a listening period, and a stream in one region. */
const twoRegions = (liveEventsOf: (broker: MemoryBroker) => LiveEvents = (broker) => broker) => {
  const time = virtualTime(someTime);
  const region = () => ({
    broker: memoryBroker(time.now),
    recentEvents: memoryRecentEvents(time.now),
  });
  const [near, far] = [region(), region()];
  const rows = new Map<string, Listening>([
    [fleet, { since: someTime - 60_000, until: someTime + listeningMs }],
  ]);
  const shown: string[] = [];
  const gaps: string[] = [];
  const errors: string[] = [];
  const ends: (Error | undefined)[] = [];
  let published = 0;
  let last: string | undefined;
  const open = async (after?: string) => {
    const eventStream = await followEvents(
      {
        filter: { fleet, prefix: "" },
        after: after === undefined ? undefined : readCursor(after),
      },
      {
        localRegion: { liveEvents: near.broker, recentEvents: near.recentEvents },
        remoteRegions: [
          { region: there, liveEvents: liveEventsOf(far.broker), recentEvents: far.recentEvents },
        ],
        listeners: memoryListeners(rows),
        now: time.now,
        wait: time.wait,
        onError: (what) => errors.push(what),
      },
      {
        event: ({ name }, cursor) => {
          shown.push(name);
          last = cursor ?? last;
        },
        cursor: (cursor) => {
          last = cursor;
        },
        gap: (why) => gaps.push(why),
        drained: async () => {},
        end: (error) => ends.push(error),
      },
    );
    await time.run(time.now());
    return {
      close: eventStream.close,
      /** The cursor of a client that is disconnected now. */
      place: () => {
        last = eventStream.newCursor() ?? last;
        return last ?? "";
      },
    };
  };
  /** Publishes an event in a region, whose `route` stores it and publishes its receive time. */
  const publish = async ({ broker, recentEvents }: typeof near, name: string, id = "") => {
    published += 1;
    const topic = `events/${fleet}/d1/${name}${id && `/?id=${id}`}`;
    const received: ReceivedEvent = {
      topic,
      receivedAt: time.now(),
      id: `m${published}`,
      data: base64("x"),
    };
    await recentEvents.put([{ fleet, received }]);
    await broker.publish(topic, Buffer.from("x"));
    const stamps = [{ hash: eventHash(topic, received.data), at: received.receivedAt }];
    await broker.publish(receiveTimesTopic(fleet), encodeReceiveTimes(stamps));
  };
  const pass = (ms: number) => time.run(time.now() + ms);
  return { time, near, far, shown, gaps, errors, ends, open, publish, pass };
};

/** A broker whose subscriptions fail or hang while `isDown`. */
const whenUp =
  (state: { isDown: boolean }, refuse: () => Promise<never>) =>
  (broker: MemoryBroker): LiveEvents => ({
    subscribe: (filter, on) => (state.isDown ? refuse() : broker.subscribe(filter, on)),
  });

const failing = () => Promise.reject(new Error("unreachable"));
const silent = () => new Promise<never>(() => {});

describe("a stream over several regions", () => {
  it("shows the events of both regions once", async () => {
    const { near, far, shown, gaps, open, publish, pass } = twoRegions();
    const stream = await open();
    await publish(near, "here");
    await publish(far, "there");
    await pass(60_000);
    expect(shown).toEqual(["here", "there"]);
    expect(gaps).toEqual([]);
    await stream.close();
  });

  it("shows an event once that its device repeats in the other region", async () => {
    const { near, far, shown, open, publish, pass } = twoRegions();
    const stream = await open();
    for (const region of [near, far]) {
      await publish(region, "same", "k1");
      await publish(region, "other");
    }
    await pass(60_000);
    expect(shown).toEqual(["same", "other", "other"]);
    await stream.close();
  });

  it("continues while the other region is unavailable, reports a gap, and shows the missed events afterwards", async () => {
    const state = { isDown: false };
    const { near, far, shown, gaps, ends, open, publish, pass } = twoRegions(
      whenUp(state, failing),
    );
    const stream = await open();
    state.isDown = true;
    far.broker.goAway(new Error("disconnected"));
    await publish(far, "missed");
    await pass(regionUnavailableMs + 1);
    expect(gaps).toEqual([`${there} is unavailable`]);
    await publish(near, "meanwhile");
    await pass(60_000);
    state.isDown = false;
    await pass(reconnectMsMax + 5_000);
    await publish(far, "back");
    await pass(60_000);
    expect(shown).toEqual(["meanwhile", "missed", "back"]);
    expect(gaps).toEqual([`${there} is unavailable`]);
    expect(ends).toEqual([]);
    await stream.close();
  });

  it.each([
    ["fails", failing],
    ["never answers", silent],
  ])(
    "opens at once if the other region %s, and its position advances after a while",
    async (_, refuse) => {
      const { time, near, shown, gaps, open, publish, pass } = twoRegions(
        whenUp({ isDown: true }, refuse),
      );
      const opened = time.now();
      const stream = await open();
      expect(time.now()).toBe(opened);
      await publish(near, "here");
      expect(shown).toEqual(["here"]);
      await pass(regionUnavailableMs - 1);
      await publish(near, "later");
      expect(readCursor(stream.place())?.at).toBe(opened);
      await pass(2);
      await publish(near, "latest");
      expect(readCursor(stream.place())?.at).toBe(time.now());
      expect(gaps).toEqual([`${there} is unavailable`]);
      await stream.close();
    },
  );

  it("reconnects to an unavailable region with backoff, and stops when it is closed", async () => {
    const { errors, open, pass } = twoRegions(whenUp({ isDown: true }, failing));
    const stream = await open();
    await pass(300_000);
    const tries = errors.length;
    expect(tries).toBeGreaterThan(300_000 / reconnectMsMax);
    expect(tries).toBeLessThan(300_000 / reconnectMsMax + 8);
    await stream.close();
    await pass(300_000);
    expect(errors).toHaveLength(tries);
  });

  it("ends when its own region's broker disconnects", async () => {
    const { near, ends, open } = twoRegions();
    const stream = await open();
    near.broker.goAway();
    expect(ends).toEqual([undefined]);
    await stream.close();
  });

  it("resumes at its client's cursor with the stored events of both regions", async () => {
    const { near, far, shown, gaps, open, publish, pass } = twoRegions();
    const stream = await open();
    await pass(5_000);
    await publish(far, "seen");
    const place = stream.place();
    await stream.close();
    await publish(near, "missed here");
    await publish(far, "missed there");
    await pass(5_000);
    const back = await open(place);
    await publish(far, "live");
    await pass(90_000);
    expect(shown.toSorted()).toEqual(["live", "missed here", "missed there", "seen"]);
    expect(gaps).toEqual([]);
    await back.close();
  });

  it("a cursor before a short interruption of the other region is not ahead of the shown events", async () => {
    const state = { isDown: false };
    const { near, far, shown, gaps, open, publish, pass } = twoRegions(whenUp(state, failing));
    const stream = await open();
    await pass(5_000);
    state.isDown = true;
    far.broker.goAway();
    await publish(far, "missed");
    await publish(near, "meanwhile");
    const place = stream.place();
    await stream.close();
    state.isDown = false;
    await pass(5_000);
    const back = await open(place);
    await pass(90_000);
    expect(shown).toEqual(["meanwhile", "missed"]);
    expect(gaps).toEqual([]);
    await back.close();
  });
});
