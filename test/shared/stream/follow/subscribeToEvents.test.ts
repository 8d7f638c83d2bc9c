import { describe, expect, it } from "vitest";
import { clockAheadMsMax } from "#shared/platform/limits.ts";
import { subscribeToEvents } from "#shared/stream/follow/subscribeToEvents.ts";
import type { LiveEvent, StreamFilter } from "#shared/stream/liveEvent.ts";
import { memoryBroker } from "../../../memory/platform/broker.ts";
import { someTime } from "../../../memory/samples.ts";

const watching = async (filter: Partial<StreamFilter>) => {
  const broker = memoryBroker();
  const seen: LiveEvent[] = [];
  const ends: (Error | undefined)[] = [];
  const watched = await subscribeToEvents(
    { fleet: "f1", prefix: "", ...filter },
    {
      liveEvents: broker,
      now: () => someTime,
      wait: () => new Promise(() => {}),
      signal: new AbortController().signal,
      receiveTimesFrom: () => Number.POSITIVE_INFINITY,
    },
    {
      arrived: () => {},
      event: (event) => seen.push(event),
      advanceTo: () => {},
      end: (error) => ends.push(error),
    },
  );
  const publish = (topic: string, data = "") => broker.publish(topic, Buffer.from(data));
  return { broker, seen, ends, watched, publish };
};

describe("a subscription", () => {
  it("shows a fleet's events as they arrive, by a prefix of their names", async () => {
    const { seen, publish } = await watching({ prefix: "te" });
    await publish("events/f1/d1/temp/a", "21.5");
    await publish("events/f1/api/te", "é");
    await publish("events/f1/d1/Temp");
    await publish("events/f2/d1/temp");
    expect(seen).toEqual([
      { name: "temp/a", device: "d1", text: "21.5", publishedAt: someTime },
      { name: "te", device: "api", text: "é", publishedAt: someTime },
    ]);
  });

  it("shows only the events of a device, if one is given", async () => {
    const { seen, publish } = await watching({ device: "d1" });
    await publish("events/f1/d1/a");
    await publish("events/f1/d2/a");
    await publish("events/f1/d11/a");
    expect(seen.map(({ device }) => device)).toEqual(["d1"]);
  });

  it("shows the name without properties, and the device's time if it is plausible", async () => {
    const { seen, publish } = await watching({});
    await publish("events/f1/d1/a/?id=k&at=7");
    await publish(`events/f1/d1/a/?at=${someTime + clockAheadMsMax + 1}`);
    expect(seen.map(({ name, publishedAt }) => [name, publishedAt])).toEqual([
      ["a", 7],
      ["a", someTime],
    ]);
  });

  it("shows binary data as a data URL, and skips other messages", async () => {
    const { broker, seen } = await watching({});
    await broker.publish("events/f1/d1/a", Buffer.from([0xff]));
    await broker.publish("events/f1/d1/", Buffer.from("x"));
    expect(seen.map(({ text }) => text)).toEqual(["data:application/octet-stream;base64,/w=="]);
  });

  it("ends when the broker disconnects, and shows nothing after it was closed", async () => {
    const { broker, ends } = await watching({});
    broker.goAway(new Error("disconnected"));
    expect(ends).toEqual([new Error("disconnected")]);
    const other = await watching({});
    await other.watched.close();
    await other.publish("events/f1/d1/a");
    expect(other.seen).toEqual([]);
  });
});
