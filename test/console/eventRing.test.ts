import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { eventRing } from "../../console/live/eventRing.ts";
import type { LiveEvent } from "../../console/live/liveEvent.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const events = (count: number, from = 0): LiveEvent[] =>
  Array.from({ length: count }, (_, i) => ({
    number: from + i,
    name: "n",
    data: "",
    device: "",
    publishedAt: "",
  }));

it("shows the latest events, newest first, and keeps no more than its size", () => {
  const ring = eventRing(10);
  for (let i = 0; i < 5; i += 1) ring.add(events(5, i * 5));
  vi.runAllTimers();
  const { events: shown, total, skipped } = ring.view.value;
  expect(shown.map(({ number }) => number)).toEqual([24, 23, 22, 21, 20, 19, 18, 17, 16, 15]);
  expect([total, skipped]).toEqual([25, 0]);
});

it("keeps fewer events if they are large, and the last one however large it is", () => {
  const ring = eventRing(10, 100);
  const large = events(5).map((event) => ({ ...event, data: "x".repeat(40) }));
  ring.add(large);
  vi.runAllTimers();
  expect(ring.view.value.events.map(({ number }) => number)).toEqual([4, 3]);
  ring.setPaused(true);
  ring.add(events(1, 5).map((event) => ({ ...event, data: "x".repeat(500) })));
  ring.add(events(1, 6).map((event) => ({ ...event, data: "x".repeat(500) })));
  vi.runAllTimers();
  expect(ring.view.value).toMatchObject({ waiting: 2, skipped: 1 });
  ring.setPaused(false);
  expect(ring.view.value.events.map(({ number }) => number)).toEqual([6]);
  expect(ring.view.value).toMatchObject({ total: 7, skipped: 1 });
});

it("renders at most four times a second, however many events arrive", () => {
  const ring = eventRing();
  let changes = 0;
  const stop = ring.view.subscribe(() => {
    changes += 1;
  });
  for (let i = 0; i < 500; i += 1) {
    ring.add(events(1, i));
    vi.advanceTimersByTime(2);
  }
  vi.runAllTimers();
  expect(changes).toBeLessThanOrEqual(6);
  stop();
});

it("counts what arrives while it is paused, and what it could not keep", () => {
  const ring = eventRing(10);
  ring.add(events(3));
  vi.runAllTimers();
  ring.setPaused(true);
  ring.add(events(25, 3));
  vi.runAllTimers();
  expect(ring.view.value).toMatchObject({ waiting: 25, skipped: 15, isPaused: true });
  expect(ring.view.value.events).toHaveLength(3);
  ring.setPaused(false);
  expect(ring.view.value).toMatchObject({ waiting: 0, skipped: 15, isPaused: false, total: 28 });
  expect(ring.view.value.events).toHaveLength(10);
});
