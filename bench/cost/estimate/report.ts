import type { Unit } from "#shared/platform/prices.ts";
import { table } from "../../../admin/table.ts";
import { capacityOf } from "../../../infra/capacity.ts";
import { memoryMiB, type SizeName, sizes } from "../../../infra/sizes.ts";
import type { Estimate, EstimateLine } from "./estimate.ts";
import type { CostOptions } from "./options.ts";
import { processorShare } from "./processorShare.ts";
import { queueWaitMs } from "./recordedUsage.ts";

const number = (value: number, digits = 0): string =>
  value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** A price for each resource; per million of what is counted, and per GB of what is measured. */
const price = (unit: Unit, unitDollars: number): string => {
  if (unit.endsWith("Bytes")) return `${number(unitDollars * 1e9, 4)} per GB`;
  return unitDollars >= 0.01
    ? number(unitDollars, 2)
    : `${number(unitDollars * 1e6, 4)} per million`;
};

const row = ({ what, unit, quantity, unitDollars, dollarsPerMonth, share }: EstimateLine) => ({
  line: what,
  unit,
  quantity: number(quantity).padStart(16),
  "unit price $": price(unit, unitDollars).padStart(20),
  "$ a month": number(dollarsPerMonth, 2).padStart(10),
  share: `${number(share * 100, 1)} %`.padStart(7),
});

/** The estimate as a table, with the assumptions. */
export const textOfEstimate = (estimate: Estimate, options: CostOptions, size: SizeName): string =>
  [
    table(estimate.lines.map(row)),
    "",
    `Total: $${number(estimate.dollarsPerMonth, 2)} a month, of which $${number(estimate.idleDollarsPerMonth, 2)} without devices.`,
    `${number(options.devices)} devices, ${number(estimate.eventsPerSecond, 2)} events per second, ${options.regions} region${options.regions === 1 ? "" : "s"}, ${options.batch} events a batch, targets answer in ${options.targetMs} ms.`,
    ...capacityNote(estimate, options, size),
    `A function with ${memoryMiB} MB has ${processorShare(memoryMiB).toFixed(2)} of a processor. Its processor time was measured on one machine; a batch also waits ${queueWaitMs} ms for the queues (assumed).`,
  ].join("\n");

const capacityNote = (
  { deliverExecutions, eventsPerSecond }: Estimate,
  { regions }: CostOptions,
  size: SizeName,
): string[] => {
  const events = capacityOf(sizes[size]).eventsPerSecond * regions;
  const batches = sizes[size].batches.deliveries * regions;
  return [
    ...(eventsPerSecond <= events
      ? []
      : [`The size ${size} carries ${number(events)} events per second (README, Sizes).`]),
    ...(deliverExecutions <= batches
      ? []
      : [
          `The size ${size} runs ${batches} batches of deliver at the same time; these events need ${number(Math.ceil(deliverExecutions))}.`,
        ]),
  ];
};

/** The estimate as JSON. */
export const jsonOfEstimate = (estimate: Estimate, options: CostOptions): string =>
  JSON.stringify({ options, ...estimate }, null, 2);
