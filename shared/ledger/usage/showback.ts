import { dollars, prices, type Unit } from "../../platform/prices.ts";
import { operationsOf, type UsageCounts } from "./usage.ts";

/** One line of what a fleet costs. */
export interface ShowbackLine {
  readonly what: string;
  readonly unit: Unit;
  readonly quantity: number;
  readonly dollars: number;
}

/** Events in a batch of `route` and of `deliver`, as `npm run cost` assumes. */
const batch = 5;
/** Data of a delivery: an event of a kilobyte, with the fields and headers of its request. */
const deliveryBytes = 1_282 + 1_024;
/** Memory of the functions in GB, and the time of a batch or a call in seconds. */
const gb = 0.5;
const routeSeconds = 0.02;
const deliverSeconds = 0.15;
const callSeconds = 0.3;
/** Of the rows of usage, in a large deployment. */
const writesOfOperation = 0.02;

/**
 * What the counted usage costs the owner of the deployment at the list prices of AWS, before the
 * discounts of higher tiers and without what a deployment costs anyway (connections, alarms,
 * schedules, storage). `npm run cost` estimates a whole bill.
 */
export const showback = (counts: UsageCounts): ShowbackLine[] => {
  const events = counts.publishes + counts.free;
  // The broker bills each 5 KB, of which the meter knows the started kilobytes.
  const messages = Math.max(events, (counts.publishOperations + counts.free) / 5);
  const calls = counts.functions + counts.variables;
  const { deliveries } = counts;
  const lines: (readonly [string, Unit, number])[] = [
    ["events: topic rule", "rulesTriggered", messages],
    ["events: action of the rule", "ruleActions", messages],
    ["events: queue", "sqsRequests", events * (1 + 4 / batch)],
    ["events: functions", "lambdaRequests", events / batch],
    ["events: time of functions", "lambdaGbSeconds", (events / batch) * routeSeconds * gb],
    ["usage: rows", "tableWriteUnits", operationsOf(counts) * writesOfOperation],
    ["deliveries: queue", "sqsRequests", deliveries * (3 / batch)],
    ["deliveries: functions", "lambdaRequests", deliveries / batch],
    [
      "deliveries: time of functions",
      "lambdaGbSeconds",
      (deliveries / batch) * deliverSeconds * gb,
    ],
    ["deliveries: traffic to targets", "egressBytes", deliveries * deliveryBytes],
    ["calls: API", "apiRequests", calls],
    ["calls: functions", "lambdaRequests", calls],
    ["calls: time of functions", "lambdaGbSeconds", calls * callSeconds * gb],
    ["calls: message to the device", "brokerMessages", calls],
    ["calls: reply of the device", "rulesTriggered", calls],
    ["calls: reply of the device", "ruleActions", calls],
    ["calls: rows", "tableWriteUnits", calls * 3],
    ["calls: rows", "tableReadUnits", calls * 4],
  ];
  return lines
    .filter(([, , quantity]) => quantity > 0)
    .map(([what, unit, quantity]) => ({ what, unit, quantity, dollars: costOf(unit, quantity) }));
};

/** At the price of the first tier, so that the parts of several fleets add up. */
const costOf = (unit: Unit, quantity: number): number =>
  quantity <= (prices[unit][0]?.upTo ?? 0)
    ? dollars(unit, quantity)
    : (quantity * (prices[unit][0]?.perMillion ?? 0)) / 1e6;
