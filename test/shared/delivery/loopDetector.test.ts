import { describe, expect, it } from "vitest";
import {
  loopBlockMs,
  loopDataPerNameMax,
  loopEventsMax,
  loopNamesMax,
  loopWindowMs,
} from "#shared/delivery/limits.ts";
import { openLoopDetector } from "#shared/delivery/loopDetector.ts";

const at = 1_700_000_000_000;
const ids = Array.from({ length: 200_000 }, (_, n) => `e${n}`);
const anEvent = (data: string, given: object = {}) => ({
  id: ids.pop() ?? "",
  fleet: "f1",
  device: "api",
  name: "n",
  data: Buffer.from(data).toString("base64"),
  publishedAt: at,
  ...given,
});

/**
 * Counts the events that targets publish in reply to each other until no request is made, or up to
 * `max`.
 */
const loop = (hooks: number, answer: (data: string) => string, max = 2_000) => {
  const loopDetector = openLoopDetector();
  const waiting = [anEvent("a first event of another user")];
  let requests = 0;
  for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
    for (let hook = 0; hook < hooks; hook += 1) {
      if (loopDetector.isRepeated(event, at + requests * 20)) continue;
      requests += 1;
      if (requests >= max) return requests;
      const data = answer(Buffer.from(event.data, "base64").toString());
      waiting.push(anEvent(data));
    }
  }
  return requests;
};

describe("a loop of targets that return no hops", () => {
  const bodyOf = (data: string) => JSON.stringify({ event: "n", data, coreid: "api" });

  it.each([
    ["publish the data that they get", (data: string) => data],
    ["publish the body that they get", bodyOf],
    ["publish the same text each time", () => "on"],
    ["add to the data that they get", (data: string) => `${data}!`],
  ])("ends when they %s", (_, answer) => {
    for (const hooks of [1, 3, 10]) expect(loop(hooks, answer)).toBeLessThan(30 * hooks);
  });

  it("ends, and a single event passes after a while", () => {
    const loopDetector = openLoopDetector();
    const refused = Array.from({ length: loopEventsMax + 1 }, () =>
      loopDetector.isRepeated(anEvent("on"), at),
    );
    expect(refused).toEqual([...Array(loopEventsMax).fill(false), true]);
    expect(loopDetector.isRepeated(anEvent("on"), at + loopBlockMs - 1)).toBe(true);
    expect(loopDetector.isRepeated(anEvent("on"), at + loopBlockMs)).toBe(false);
  });
});

describe("no loop is detected", () => {
  const many = 10 * loopEventsMax;
  const refusedOf = (event: (n: number) => ReturnType<typeof anEvent>, stepMs: number) => {
    const loopDetector = openLoopDetector();
    return Array.from({ length: many }, (_, n) =>
      loopDetector.isRepeated(event(n), at + n * stepMs),
    ).includes(true);
  };

  it.each([
    [
      "events of the API with data of their own, at any rate",
      (n: number) => anEvent(`value ${n}`),
      1,
    ],
    ["short values that are part of others", (n: number) => anEvent(String(n)), 1],
    [
      "events with the same data under names of their own",
      (n: number) => anEvent("on", { name: `n${n}` }),
      1,
    ],
    [
      "events with the same data in fleets of their own",
      (n: number) => anEvent("on", { fleet: `f${n}` }),
      1,
    ],
    ["events of devices", () => anEvent("on", { device: "0123456789abcdef01234567" }), 1],
    ["events that say their hops", () => anEvent("on", { hops: 1 }), 1],
    ["deliveries of one event to many integrations", () => anEvent("on", { id: "one" }), 1],
    ["the same data once a second", () => anEvent("on"), 1_000],
    ["the same data just within the bound", () => anEvent("on"), loopWindowMs / loopEventsMax],
  ])("in %s", (_, event, stepMs) => {
    expect(refusedOf(event, stepMs)).toBe(false);
  });

  it("after the clock was set back", () => {
    const loopDetector = openLoopDetector();
    for (let n = 0; n <= loopEventsMax; n += 1) loopDetector.isRepeated(anEvent("on"), at);
    expect(loopDetector.isRepeated(anEvent("on"), at - 3_600_000)).toBe(false);
  });
});

it("evicts the oldest names and data, not those of a loop", () => {
  const loopDetector = openLoopDetector();
  for (let n = 0; n < loopEventsMax; n += 1) {
    loopDetector.isRepeated(anEvent("on"), at);
    for (let i = 0; i < loopDataPerNameMax - 1; i += 1)
      loopDetector.isRepeated(anEvent(`other ${n} ${i}`), at);
  }
  expect(loopDetector.isRepeated(anEvent("on"), at)).toBe(true);
  for (let n = 0; n < loopNamesMax; n += 1)
    loopDetector.isRepeated(anEvent("on", { name: `n${n}` }), at);
  expect(loopDetector.isRepeated(anEvent("on"), at)).toBe(false);
});
