import { expect, it } from "vitest";
import { openLedger } from "../../../bench/loss/ledger.ts";

const ledgerOf = (acknowledged: readonly number[], arrived: readonly number[]) => {
  const ledger = openLedger();
  for (const seq of acknowledged) ledger.acknowledge(seq);
  for (const seq of arrived) ledger.arrive(seq);
  return ledger;
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
  const ledger = openLedger();
  ledger.arrive(7);
  ledger.acknowledge(7);
  ledger.acknowledge(7);
  expect(ledger.counts()).toEqual({ acknowledged: 1, lost: 0, repeated: 0 });
});

it("counts every arrival, so that whoever waits for the last one sees repeats too", () => {
  expect(ledgerOf([1], [1, 1, 2]).arrivals()).toBe(3);
});
