import { expect, it } from "vitest";
import { createDeliveryTracker } from "../../../bench/loss/deliveryTracker.ts";

const trackerOf = (acknowledged: readonly number[], arrived: readonly number[]) => {
  const tracker = createDeliveryTracker();
  for (const seq of acknowledged) tracker.recordAcknowledged(seq);
  for (const seq of arrived) tracker.recordArrival(seq);
  return tracker;
};

it("counts an acknowledged event without arrival as lost, by its number", () => {
  const { counts } = trackerOf([1, 2, 3, 4], [1, 1, 1, 4]);
  expect(counts()).toEqual({ acknowledged: 4, lost: 2, repeated: 1 });
});

it("does not count an unacknowledged event as lost", () => {
  const { counts } = trackerOf([1], [1, 2]);
  expect(counts()).toEqual({ acknowledged: 1, lost: 0, repeated: 0 });
});

it("accepts an arrival before the acknowledgement, and repeated acknowledgements", () => {
  const tracker = createDeliveryTracker();
  tracker.recordArrival(7);
  tracker.recordAcknowledged(7);
  tracker.recordAcknowledged(7);
  expect(tracker.counts()).toEqual({ acknowledged: 1, lost: 0, repeated: 0 });
});

it("counts every arrival, including repeats", () => {
  expect(trackerOf([1], [1, 1, 2]).arrivals()).toBe(3);
});
