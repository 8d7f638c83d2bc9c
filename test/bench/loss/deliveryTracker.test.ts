import { expect, it } from "vitest";
import { createDeliveryTracker } from "../../../bench/loss/deliveryTracker.ts";

const ledgerOf = (acknowledged: readonly number[], arrived: readonly number[]) => {
  const tracker = createDeliveryTracker();
  for (const seq of acknowledged) tracker.recordAcknowledged(seq);
  for (const seq of arrived) tracker.recordArrival(seq);
  return tracker;
};

it("counts as lost what was acknowledged and never arrived, by its number and not by the sum", () => {
  const { counts } = ledgerOf([1, 2, 3, 4], [1, 1, 1, 4]);
  expect(counts()).toEqual({ acknowledged: 4, lost: 2, repeated: 1 });
});

it("does not count as lost what was never acknowledged, whether it arrived or not", () => {
  const { counts } = ledgerOf([1], [1, 2]);
  expect(counts()).toEqual({ acknowledged: 1, lost: 0, repeated: 0 });
});

it("does not mind an arrival before its acknowledgement, or an acknowledgement that comes twice", () => {
  const tracker = createDeliveryTracker();
  tracker.recordArrival(7);
  tracker.recordAcknowledged(7);
  tracker.recordAcknowledged(7);
  expect(tracker.counts()).toEqual({ acknowledged: 1, lost: 0, repeated: 0 });
});

it("counts every arrival, so that whoever waits for the last one sees repeats too", () => {
  expect(ledgerOf([1], [1, 1, 2]).arrivals()).toBe(3);
});
