import { expect, it } from "vitest";
import { createEventTracker } from "../../../drill/load/eventTracker.ts";

it("counts accepted events without an arrival as lost, and further arrivals as repeated", () => {
  const tracker = createEventTracker("n");
  const [a, b, c] = [tracker.publish(), tracker.publish(), tracker.publish()];
  for (const id of [a, b]) tracker.recordAccepted(id);
  for (const id of [a, a, c, "another"]) tracker.recordArrival(id);
  expect(tracker.counts()).toEqual({ accepted: 2, delivered: 2, lost: 1, repeated: 1 });
  expect(tracker.missing()).toBe(1);
});

it("accepts an arrival before the acceptance", () => {
  const tracker = createEventTracker("n");
  const id = tracker.publish();
  tracker.recordArrival(id);
  tracker.recordAccepted(id);
  tracker.recordAccepted(id);
  expect(tracker.counts()).toEqual({ accepted: 1, delivered: 1, lost: 0, repeated: 0 });
});

it("assigns the latency of an event to the time of its creation", () => {
  const tracker = createEventTracker("n");
  const before = performance.now();
  tracker.recordArrival(tracker.publish());
  const between = performance.now();
  tracker.recordArrival(tracker.publish());
  tracker.publish();
  expect(tracker.latenciesMs(before, between)).toHaveLength(1);
  expect(tracker.latenciesMs(before, Number.POSITIVE_INFINITY)).toHaveLength(2);
});
