import { describe, expect, it } from "vitest";
import {
  callPlaceAfterMs,
  placeMarginMs,
  placeRetrySeconds,
  placesMax,
} from "#shared/account/caller/limits.ts";
import type { Places } from "#shared/account/caller/places.ts";
import {
  admitCall,
  inCallPlace,
  inPlace,
  type PlaceOwner,
  takePlace,
} from "#shared/account/caller/takePlace.ts";
import { memoryPlaces } from "../../../memory/account/places.ts";
import { someTime } from "../../../memory/samples.ts";

const lifeMs = 29_000;
const ada: PlaceOwner = { username: "ada", token: {} };
const eve: PlaceOwner = { username: "eve", token: {} };
const product = {
  id: 7,
  name: "p",
  description: "",
  platformId: 0,
  owner: "ada",
  fleet: "p1",
  createdAt: "",
};
const apiUser = (name: string): PlaceOwner => ({ username: name, token: { product: 7 } });

/** A clock that moves by hand, and wakes those that wait. */
const timers = () => {
  const waiting = new Set<{ until: number; wake: () => void }>();
  const clock = {
    ms: someTime,
    now: () => clock.ms,
    wait: (ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        waiting.add({ until: clock.ms + ms, wake: resolve });
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
    pass(ms: number) {
      clock.ms += ms;
      for (const { until, wake } of waiting) if (until <= clock.ms) wake();
    },
  };
  return clock;
};

const world = (places: Places = memoryPlaces()) => {
  const clock = timers();
  const setbacks: string[] = [];
  const deps = {
    places,
    accounts: { findProduct: async (id: number) => (id === product.id ? product : undefined) },
    now: clock.now,
    onError: (what: string) => void setbacks.push(what),
    wait: clock.wait,
  };
  const take = (who = ada) => takePlace("calls", who, lifeMs, deps);
  const takeAll = async () => {
    for (let i = 0; i < placesMax.calls; i += 1) await take();
  };
  return { clock, setbacks, deps, take, takeAll };
};

const tooMany = {
  code: "too_many_requests",
  status: 429,
  retryAfterSeconds: placeRetrySeconds.calls,
};

describe("a user", () => {
  it("has so many calls at once, and the next one when one of them is over", async () => {
    const { take } = world();
    const leave = await take();
    for (let i = 1; i < placesMax.calls; i += 1) await take();
    await expect(take()).rejects.toMatchObject(tooMany);
    await leave();
    await take();
  });

  it("who tests targets that hang is refused, and another user is not", async () => {
    const { deps } = world();
    const { promise: hanging, resolve: answer } = Promise.withResolvers<string>();
    const test = (who: PlaceOwner, work: Promise<string>) =>
      inPlace("tests", who, { lifeMs, deps }, () => work);
    const flood = Array.from({ length: 40 }, () => test(ada, hanging));
    expect(await test(eve, Promise.resolve("hi"))).toBe("hi");
    answer("late");
    const ended = await Promise.allSettled(flood);
    expect(ended.filter(({ status }) => status === "fulfilled")).toHaveLength(placesMax.tests);
    expect(ended.at(-1)).toMatchObject({
      reason: { ...tooMany, retryAfterSeconds: placeRetrySeconds.tests },
    });
  });

  it("has the place again of work that failed", async () => {
    const { deps, takeAll } = world();
    const fail = () => Promise.reject(new Error("no answer"));
    await expect(inPlace("calls", ada, { lifeMs, deps }, fail)).rejects.toThrow("no answer");
    await takeAll();
  });

  it("has the place of a worker that died when the time of that is over", async () => {
    const { take, takeAll, clock } = world();
    await takeAll();
    clock.ms += lifeMs + placeMarginMs - 1;
    await expect(take()).rejects.toMatchObject(tooMany);
    clock.ms += 1;
    await take();
  });

  it("has the same places whichever API user of a product asks, with or without the product's path", async () => {
    const { take, takeAll } = world();
    await takeAll();
    await expect(take(apiUser("one@api"))).rejects.toMatchObject(tooMany);
    await expect(take({ ...apiUser("two@api"), product })).rejects.toMatchObject(tooMany);
    await take(eve);
  });

  it("is let in while nobody can tell how many places are taken", async () => {
    const down = async () => Promise.reject(new Error("the table is down"));
    const { take, takeAll, setbacks, deps } = world({ take: down, isFull: down, giveBack: down });
    await takeAll();
    await (await take())();
    await admitCall(ada, deps);
    expect(setbacks).toContain("slot");
  });
});

describe("calls to devices", () => {
  const mute = (signal: AbortSignal) =>
    new Promise<never>((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason)),
    );

  it("that are answered in time need no place, however many there are at once", async () => {
    const { deps, take } = world();
    for (let i = 1; i < placesMax.calls; i += 1) await take();
    const call = () => inCallPlace(ada, { lifeMs, deps }, async () => "hi");
    const answers = await Promise.all(Array.from({ length: 100 }, call));
    expect(new Set(answers)).toEqual(new Set(["hi"]));
    await admitCall(ada, deps);
  });

  it("that flood a mute device have a bounded number of places; the next one is not sent, and another user's is", async () => {
    const { deps, clock } = world();
    let waiting = 0;
    const call = (who: PlaceOwner) =>
      inCallPlace(who, { lifeMs, deps }, (signal) => {
        waiting += 1;
        return mute(signal).finally(() => (waiting -= 1));
      });
    const flood = Array.from({ length: 60 }, () => call(ada).catch((error: unknown) => error));
    await new Promise(setImmediate);
    expect(waiting).toBe(60);
    clock.pass(callPlaceAfterMs);
    const refused = await Promise.race([...flood]);
    expect(refused).toMatchObject({
      code: "device_timeout",
      message: expect.stringMatching(/^Timed out\. .* was sent/),
    });
    await new Promise(setImmediate);
    expect(waiting).toBe(placesMax.calls);
    await expect(admitCall(ada, deps)).rejects.toMatchObject(tooMany);
    await admitCall(eve, deps);
  });

  it("free the place that they have when they end", async () => {
    const { deps, clock, takeAll } = world();
    const { promise: late, resolve: answer } = Promise.withResolvers<string>();
    const called = inCallPlace(ada, { lifeMs, deps }, () => late);
    clock.pass(callPlaceAfterMs);
    await new Promise(setImmediate);
    answer("late");
    expect(await called).toBe("late");
    await takeAll();
  });
});
