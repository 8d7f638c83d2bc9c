import { describe, expect, it } from "vitest";
import { takeStreamPlace } from "#shared/event/takeStreamPlace.ts";
import { streamMarginMs, streamPlaceRetrySeconds, streamsPerFleetMax } from "#shared/limits.ts";
import type { StreamPlaces } from "#shared/ports.ts";
import { fleet, stoppedClock } from "../../memory/samples.ts";
import { memoryStreamPlaces } from "../../memory/streamPlaces.ts";

const lifeMs = 895_000;

const world = (streamPlaces: StreamPlaces = memoryStreamPlaces()) => {
  const clock = stoppedClock();
  const setbacks: string[] = [];
  const onSetback = (what: string) => void setbacks.push(what);
  const take = (whose = fleet) =>
    takeStreamPlace(whose, lifeMs, { streamPlaces, now: clock.now, onSetback });
  return { clock, setbacks, take };
};

describe("a fleet", () => {
  it("has so many streams, and its next one when one of them is over", async () => {
    const { take } = world();
    const leave = await take();
    for (let i = 1; i < streamsPerFleetMax; i += 1) await take();
    await expect(take()).rejects.toMatchObject({
      code: "too_many_requests",
      status: 429,
      retryAfterSeconds: streamPlaceRetrySeconds,
    });
    await take("other");
    await leave();
    await take();
  });

  it("has the place of a stream that died when the time of that is over", async () => {
    const { take, clock } = world();
    for (let i = 0; i < streamsPerFleetMax; i += 1) await take();
    clock.ms += lifeMs + streamMarginMs - 1;
    await expect(take()).rejects.toMatchObject({ code: "too_many_requests" });
    clock.ms += 1;
    await take();
  });

  it("has its streams while nobody can tell how many there are", async () => {
    const down = async () => Promise.reject(new Error("the table is down"));
    const { take, setbacks } = world({ take: down, giveBack: down });
    for (let i = 0; i <= streamsPerFleetMax; i += 1) await (await take())();
    expect(setbacks).toContain("place");
  });
});
