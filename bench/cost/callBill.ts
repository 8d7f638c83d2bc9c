import { unitsPerEvent } from "./bill.ts";
import type { Counts } from "./counts.ts";
import { prices, type Unit } from "./prices.ts";

/** AWS bill of calls, at the list price of the first tier. */
export interface CallBill {
  readonly lines: readonly {
    readonly unit: Unit;
    readonly perCall: number;
    readonly dollarsPerMillionCalls: number;
  }[];
  readonly dollarsPerMillionCalls: number;
}

/** Calculates the bill from the usage counts before and after `calls` calls. */
export const billForCalls = (before: Counts, after: Counts, calls: number): CallBill => {
  const lines = unitsPerEvent(before, after, calls)
    .filter(([, perCall]) => perCall > 0)
    .map(([unit, perCall]) => ({
      unit,
      perCall,
      dollarsPerMillionCalls: perCall * (prices[unit][0]?.perMillion ?? 0),
    }));
  const dollarsPerMillionCalls = lines.reduce((sum, line) => sum + line.dollarsPerMillionCalls, 0);
  return { lines, dollarsPerMillionCalls };
};
