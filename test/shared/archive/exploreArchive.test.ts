import { describe, expect, it } from "vitest";
import { exploreArchive } from "#shared/archive/exploreArchive.ts";
import { exploreCharsMax, explorePageMax, exploreReadsMax } from "#shared/archive/limits.ts";
import { readArchive } from "#shared/archive/readArchive.ts";
import { memoryArchive } from "../../memory/event/archive.ts";
import { aReceivedEvent, deviceId, fleet, someTime, stoppedClock } from "../../memory/samples.ts";

const minuteMs = 60_000;
const setting = { enabled: true, days: 30 };

const received = (number: number, { name = "temperature", of = fleet, data = "1" } = {}) =>
  aReceivedEvent({
    id: `e${number}`,
    topic: `events/${of}/${deviceId}/${name}`,
    receivedAt: someTime + number * minuteMs,
    data,
  });

const open = async (objects: ReturnType<typeof received>[][], at = someTime + 60 * minuteMs) => {
  const archive = memoryArchive();
  for (const [first, ...more] of objects) {
    if (first === undefined) continue;
    const of = first.topic.split("/")[1] ?? "";
    await archive.write({ fleet: of, days: 30, events: [first, ...more] });
  }
  const { now } = stoppedClock(at);
  return (query: Partial<Parameters<typeof exploreArchive>[1]>) =>
    exploreArchive(
      fleet,
      { limit: 50, ...query },
      { setting, reader: readArchive({ archive }), now },
    );
};

const idsOf = ({ events }: Awaited<ReturnType<typeof exploreArchive>>) =>
  events.map(({ id }) => id);

describe("the events of an archive", () => {
  it("are those of the last hour, oldest first, of this fleet only", async () => {
    const list = await open(
      [[received(0)], [received(1), received(2)], [received(3, { of: "another" })]],
      someTime + 61 * minuteMs,
    );
    expect(await list({})).toMatchObject({ events: [{ id: "e1" }, { id: "e2" }] });
  });

  it("are those of a time span, a prefix and a device", async () => {
    const list = await open([
      [received(1), received(2, { name: "door" }), received(3, { name: "temp" })],
    ]);
    const since = someTime + 2 * minuteMs;
    expect(idsOf(await list({ since }))).toEqual(["e2", "e3"]);
    expect(idsOf(await list({ until: since }))).toEqual(["e1"]);
    expect(idsOf(await list({ prefix: "temp" }))).toEqual(["e1", "e3"]);
    expect(idsOf(await list({ device: deviceId }))).toEqual(["e1", "e2", "e3"]);
    expect(idsOf(await list({ device: "0".repeat(24) }))).toEqual([]);
    await expect(list({ since, until: since })).rejects.toMatchObject({ code: "invalid_request" });
  });

  it.each([1, 2, 3, 7])("are all on exactly one page of %i events", async (limit) => {
    const objects = [
      [received(1), received(2), received(3)],
      [received(4)],
      [received(5), received(6), received(7)],
    ];
    const list = await open(objects);
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ limit, cursor });
      expect(page.events.length).toBeLessThanOrEqual(limit);
      ids.push(...idsOf(page));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(ids).toEqual(["e1", "e2", "e3", "e4", "e5", "e6", "e7"]);
  });

  it("fill no page beyond a size, and continue after objects without a match", async () => {
    const data = "x".repeat(exploreCharsMax / explorePageMax);
    const numbers = Array.from({ length: 2 * explorePageMax }, (_, i) => i);
    const large = await open([numbers.map((number) => received(number, { data }))]);
    expect((await large({})).events).toHaveLength(explorePageMax);
    const rare = await open([
      ...Array.from({ length: exploreReadsMax }, () => [received(1, { name: "door" })]),
      [received(2)],
    ]);
    const first = await rare({ prefix: "temperature" });
    expect(first.events).toEqual([]);
    expect(idsOf(await rare({ prefix: "temperature", cursor: first.cursor }))).toEqual(["e2"]);
  });

  it("refuses the cursor of another list", async () => {
    const list = await open([[received(1), received(2)]]);
    const { cursor } = await list({ limit: 1 });
    await expect(list({ prefix: "t", cursor })).rejects.toMatchObject({ code: "invalid_request" });
  });
});
