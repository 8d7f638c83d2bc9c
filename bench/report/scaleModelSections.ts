import type { Bound } from "../scale/model/bounds.ts";
import { itemBytesMax, type KeyLoad, partitionWriteUnits } from "../scale/model/hotKeys.ts";
import type { QuotaNeed } from "../scale/model/quotas.ts";
import type { ScaleModel } from "../scale/scaleModel.ts";
import type { Section } from "./section.ts";
import { count } from "./units.ts";

/** A number with two significant digits below 10, and whole above. */
const short = (value: number): string =>
  value >= 10 ? count(value) : String(Number(value.toPrecision(2)));

/** A number of devices with two significant digits. */
const devicesOf = (value: number): string => count(Number(value.toPrecision(2)));

const sameRow = <Row>(rows: readonly Row[], i: number, of: (row: Row) => number): string => {
  const row = rows[i];
  return row === undefined ? "" : short(of(row));
};

/** The tables of the model, in the order of `docs/scale.md`. */
export const scaleModelSections = (model: ScaleModel): Section[] => [
  quotaSection(model),
  keySection(model),
  sizeSection(model.keys.whole),
  boundSection(model),
  herdSection(model),
  billSection(model),
];

const quotaSection = ({ quotas, devices, cellDevices, cells }: ScaleModel): Section => ({
  headings: [
    "Quota of a region",
    "usual",
    `${devicesOf(cellDevices)} devices (a cell)`,
    `${devicesOf(devices)} in one region`,
    "raised on request",
  ],
  rows: quotas.cell.map((one, i) => [
    `${one.service}: ${one.quota}`,
    short(one.usual),
    marked(one),
    quotas.whole[i] === undefined ? "" : marked(quotas.whole[i]),
    one.adjustable,
  ]),
  note: `${devicesOf(devices)} devices are ${cells} cells. ▲: above the usual quota. Rates are twice the average.`,
});

const marked = ({ needed, usual }: QuotaNeed): string =>
  `${short(needed)}${needed > usual ? " ▲" : ""}`;

const breaks = (at: number | undefined): string => (at === undefined ? "never" : devicesOf(at));

const keySection = ({ keys: { whole, cell }, devices, cellDevices }: ScaleModel): Section => ({
  headings: [
    "Rows",
    "table",
    `keys, ${devicesOf(devices)} devices`,
    "writes/s",
    "units/s",
    "hottest key",
    "rows of a key",
    `its units/s, ${devicesOf(cellDevices)}`,
    `${devicesOf(devices)}`,
    `${count(partitionWriteUnits)} units/s at`,
  ],
  rows: whole.map((load, i) => [
    `${load.what}${load.during === undefined ? "" : ` (${load.during})`}`,
    load.table,
    short(load.keys),
    short(load.writes),
    short(load.units),
    `\`${shortened(load.hottest.key)}\``,
    load.hottest.order,
    sameRow(cell, i, ({ hottest }) => hottest.units),
    short(load.hottest.units),
    breaks(load.breaksAt),
  ]),
  note: "Keys whose rows are ordered by time, or that have one row, have one partition. The hottest key of rows by device is that of any device.",
});

const keyCharsMax = 28;
const itemsShown = 5;

const shortened = (key: string): string =>
  key.length > keyCharsMax ? `${key.slice(0, keyCharsMax)}…` : key;

const sizeSection = (whole: readonly KeyLoad[]): Section => ({
  headings: ["Largest items", "table", "bytes of an item", "of 400 kB"],
  rows: [...whole]
    .sort((one, other) => other.itemBytes - one.itemBytes)
    .slice(0, itemsShown)
    .map(({ what, table, itemBytes }) => [
      what,
      table,
      count(itemBytes),
      `${((itemBytes / itemBytesMax) * 100).toFixed(1)} %`,
    ]),
});

const boundSection = ({ bounds: { whole, cell }, devices, cellDevices }: ScaleModel): Section => ({
  headings: [
    "Work of a region in series",
    "unit",
    "allowed",
    `needed, ${devicesOf(cellDevices)} devices`,
    `${devicesOf(devices)}`,
    "at its limit: devices",
    "then",
  ],
  rows: whole.map((one: Bound, i) => [
    one.what,
    one.unit,
    short(one.allowed),
    sameRow(cell, i, ({ needed }) => needed),
    short(one.needed),
    devicesOf(one.breaksAt),
    one.consequence,
  ]),
});

const minutes = (seconds: number): string =>
  Number.isFinite(seconds) ? count(seconds / 60) : "over 1,440";

const herdSection = ({ herds }: ScaleModel): Section => ({
  headings: ["Devices that reconnect", "connects/s", "half: minutes", "99 %", "all"],
  rows: herds.map((one) => [
    devicesOf(one.devices),
    count(one.connectsPerSecond),
    minutes(one.halfSeconds),
    minutes(one.mostSeconds),
    minutes(one.allSeconds),
  ]),
});

const billSection = ({ bill, devices, cells, keys }: ScaleModel): Section => {
  const shown = bill.lines.filter(({ dollarsPerMonth }) => dollarsPerMonth >= 20);
  const rest = bill.lines.filter(({ dollarsPerMonth }) => dollarsPerMonth < 20);
  const ofRest = rest.reduce((sum, { dollarsPerMonth }) => sum + dollarsPerMonth, 0);
  const rows = fleetRowDollars(keys.whole);
  return {
    headings: [`A month, ${devicesOf(devices)} devices in ${cells} cells`, "quantity", "$"],
    rows: [
      ...shown.map(({ what, quantity, dollarsPerMonth }) => [
        what,
        count(quantity),
        count(dollarsPerMonth),
      ]),
      [`${rest.length} other lines, each below $20`, "", count(ofRest)],
      ["*Together*", "", count(bill.dollarsPerMonth)],
      ["rows of fleets and integrations that the estimate counts for one fleet", "", count(rows)],
    ],
  };
};

const secondsPerMonth = 2_592_000;
const dollarsPerWriteUnit = 0.625e-6;

/** The estimate has one fleet; here each has rows of its own. */
const fleetRowDollars = (loads: readonly KeyLoad[]): number =>
  loads
    .filter(({ what }) => /attempts|events of a fleet|by ten minutes/.test(what))
    .reduce((sum, { units }) => sum + units * secondsPerMonth * dollarsPerWriteUnit, 0);
