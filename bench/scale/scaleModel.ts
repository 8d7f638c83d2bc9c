import { capacityOf } from "../../infra/capacity.ts";
import { sizes } from "../../infra/sizes.ts";
import { type Estimate, estimate, type Fleet } from "../cost/estimate/estimate.ts";
import type { IdleResources } from "../cost/estimate/idleResources.ts";
import { type Bound, boundsOf } from "./model/bounds.ts";
import { type HerdTime, herdTime } from "./model/herdTimes.ts";
import { hotKeys, type KeyLoad } from "./model/hotKeys.ts";
import { type QuotaNeed, quotasOf, type Templates } from "./model/quotas.ts";
import { traffic } from "./model/traffic.ts";

/** What a number of devices needs, in one deployment and in cells. */
export interface ScaleModel {
  readonly devices: number;
  /** The devices of a cell: what a region of the size `standard` carries. */
  readonly cellDevices: number;
  readonly cells: number;
  /** In one deployment with one region, and in a cell. */
  readonly keys: { readonly whole: readonly KeyLoad[]; readonly cell: readonly KeyLoad[] };
  readonly bounds: { readonly whole: readonly Bound[]; readonly cell: readonly Bound[] };
  readonly quotas: { readonly whole: readonly QuotaNeed[]; readonly cell: readonly QuotaNeed[] };
  readonly herds: readonly HerdTime[];
  /** The bill of all cells together. */
  readonly bill: Estimate;
}

/** The fleet of the estimate, with the traffic of the model. */
const fleetOf = (devices: number): Fleet => ({
  devices,
  intervalSeconds: traffic.eventIntervalSeconds,
  batch: traffic.batch,
  targetMs: 100,
  payloadBytes: traffic.payloadBytes,
  live: false,
  responseBody: false,
  changesPerDay: (devices / 1_000) * traffic.changesPerDay,
  connectsPerDay: traffic.connectsPerDay,
  updatesPerYear: 4,
  imageBytes: 512_000,
});

/** The quota of connects of a region: the usual one, and raised ones. */
const connectQuotas = [500, 1_000, 5_000];

/** Calculates a deployment of so many devices, with the templates of a cell of one region. */
export const scaleModel = async (devices: number, templates: Templates): Promise<ScaleModel> => {
  const cellDevices = capacityOf(sizes.standard).devices;
  const cells = Math.max(1, Math.ceil(devices / cellDevices));
  const inCell = Math.min(devices, cellDevices);
  const keys = { whole: await hotKeys(devices), cell: await hotKeys(inCell) };
  const quotas = (number: number, loads: readonly KeyLoad[]) =>
    quotasOf(number, { fleet: fleetOf(number), templates, loads });
  return {
    devices,
    cellDevices,
    cells,
    keys,
    bounds: { whole: boundsOf(devices), cell: boundsOf(inCell) },
    quotas: { whole: quotas(devices, keys.whole), cell: quotas(inCell, keys.cell) },
    herds: [inCell, devices].flatMap((number) =>
      connectQuotas.map((quota) => herdTime(number, quota)),
    ),
    bill: estimate(fleetOf(devices), inCells(templates.idle, cells)),
  };
};

/** Everything that a deployment has without devices, once for each cell. */
const inCells = (idle: IdleResources, cells: number): IdleResources => ({
  alarmMetrics: idle.alarmMetrics * cells,
  compositeAlarms: idle.compositeAlarms * cells,
  keys: idle.keys * cells,
  mappings: idle.mappings * cells,
  scheduledPerMinute: idle.scheduledPerMinute * cells,
  healthChecks: idle.healthChecks * cells,
  canaries: idle.canaries * cells,
  watchers: idle.watchers * cells,
  statusPages: idle.statusPages * cells,
  // Writes are replicated within a cell only.
  regions: idle.regions,
});
