import { dollars, prices, type Unit } from "#shared/platform/prices.ts";

/** A line of the price of a run. */
export interface PriceLine {
  readonly unit: Unit;
  readonly quantity: number;
  readonly dollars: number;
}

const isUnit = (name: string): name is Unit => Object.hasOwn(prices, name);

/** The price of a number of units of load, at the list prices of the first tier. */
export const priceOf = (
  billed: Readonly<Partial<Record<Unit, number>>>,
  units: number,
): PriceLine[] =>
  Object.entries(billed).flatMap(([unit, each]) => {
    if (!isUnit(unit) || each <= 0) return [];
    const quantity = each * units;
    return [{ unit, quantity, dollars: dollars(unit, quantity) }];
  });
