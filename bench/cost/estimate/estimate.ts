import { dollars, type Unit } from "#shared/platform/prices.ts";
import { ledgerMemoryMiB, memoryMiB, watchMemoryMiB } from "../../../infra/sizes.ts";
import type { IdleResources } from "./idleResources.ts";
import { processorShare } from "./processorShare.ts";
import {
  alarmReads,
  canaryMetrics,
  queueWaitMs,
  recordedMs,
  recordedUsage,
  type Units,
  watcherMetrics,
} from "./recordedUsage.ts";

/** A fleet, its targets, and how AWS fills the batches. */
export interface Fleet {
  readonly devices: number;
  readonly intervalSeconds: number;
  /** Events in a batch of `route` and of `deliver`, on average. AWS decides it. */
  readonly batch: number;
  /** Time until a target answers, in milliseconds. */
  readonly targetMs: number;
  /** Size of the data of an event. */
  readonly payloadBytes: number;
  /** Events are published to topics with live subscribers, instead of quietly (basic ingest). */
  readonly live: boolean;
  /** Targets answer with a body, which becomes a response event. */
  readonly responseBody: boolean;
  /** Changes by people and programs in a day, of all fleets: entries of the audit log. */
  readonly changesPerDay: number;
  /** Connections of a device in a day. Each begins with a hello. */
  readonly connectsPerDay: number;
  /** Updates of the firmware of a device in a year, and the size of an image. */
  readonly updatesPerYear: number;
  readonly imageBytes: number;
}

/** One line of the estimate. */
export interface EstimateLine {
  readonly what: string;
  readonly unit: Unit;
  /** Units in a month of 30 days. */
  readonly quantity: number;
  /** Average price of a unit over the tiers, in dollars. */
  readonly unitDollars: number;
  readonly dollarsPerMonth: number;
  /** Share of the total, from 0 to 1. */
  readonly share: number;
}

export interface Estimate {
  readonly lines: readonly EstimateLine[];
  readonly dollarsPerMonth: number;
  /** The part that the deployment costs without devices. */
  readonly idleDollarsPerMonth: number;
  readonly eventsPerSecond: number;
  /** Executions of `deliver` that run at the same time, on average. */
  readonly deliverExecutions: number;
}

const daysPerMonth = 30;
const daysPerYear = 365;
const minutesPerMonth = daysPerMonth * 24 * 60;
const secondsPerMonth = minutesPerMonth * 60;
const messageUnitBytes = 5_120;
const requestUnitBytes = 65_536;
/** What an event in a queue has in addition to its data. */
const envelopeBytes = 700;
/** What a webhook has in addition to the data: fields, headers, TLS. Together 1.5 KB by default. */
const requestBytes = 1_282;
const mbPerGb = 1_024;

/**
 * Lambda polls a quiet queue with five long polls of 20 seconds.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
const emptyReceivesPerMinute = 5 * 3;
/** Checkers of a health check and requests of each, at the short interval of 10 seconds. */
const checkRequestsPerMinute = 15 * 6;

type Quantity = readonly [what: string, unit: Unit, quantity: number];

/** Estimates the AWS bill of a month at the list prices of us-east-1. */
export const estimate = (fleet: Fleet, idle: IdleResources): Estimate => {
  const eventsPerSecond = fleet.devices / fleet.intervalSeconds;
  const idleQuantities = quantitiesWhenIdle(idle);
  const all = [
    ...quantitiesOfEvents(fleet, idle.regions),
    ...quantitiesOfFirmware(fleet, idle.regions),
    ...idleQuantities,
  ];
  const lines = priced(all);
  const { deliverMs } = durations(fleet);
  const sum = (some: readonly { readonly dollarsPerMonth: number }[]): number =>
    some.reduce((total, { dollarsPerMonth }) => total + dollarsPerMonth, 0);
  return {
    lines,
    dollarsPerMonth: sum(lines),
    idleDollarsPerMonth: sum(priced(idleQuantities)),
    eventsPerSecond,
    deliverExecutions: ((eventsPerSecond / fleet.batch) * deliverMs) / 1_000,
  };
};

/** Prices the total of each unit, whose tiers depend on it, and divides it among the lines. */
const priced = (quantities: readonly Quantity[]): EstimateLine[] => {
  const totals = new Map<Unit, number>();
  for (const [, unit, quantity] of quantities) {
    totals.set(unit, (totals.get(unit) ?? 0) + quantity);
  }
  const used = quantities.filter(([, , quantity]) => quantity > 0);
  const total = [...totals].reduce((sum, [unit, units]) => sum + dollars(unit, units), 0);
  return used.map(([what, unit, quantity]) => {
    const units = totals.get(unit) ?? quantity;
    const unitDollars = dollars(unit, units) / units;
    const dollarsPerMonth = unitDollars * quantity;
    return { what, unit, quantity, unitDollars, dollarsPerMonth, share: dollarsPerMonth / total };
  });
};

const started = (bytes: number, unitBytes: number): number =>
  Math.max(1, Math.ceil(bytes / unitBytes));

/** Durations of a batch on AWS: its processor time at the function's share, and its waits. */
const durations = ({ batch, targetMs }: Pick<Fleet, "batch" | "targetMs">) => {
  const share = processorShare(memoryMiB);
  const { route, deliver } = recordedMs;
  const ms = ({ perBatch, perEvent }: typeof route | typeof deliver): number =>
    (perBatch + batch * perEvent) / share + queueWaitMs;
  return { routeMs: ms(route), deliverMs: ms(deliver) + targetMs };
};

const gbSeconds = (ms: number, memoryMb: number): number => (ms / 1_000) * (memoryMb / mbPerGb);

const quantitiesOfEvents = (fleet: Fleet, regions: number): Quantity[] => {
  const { devices, intervalSeconds, batch, targetMs, payloadBytes, live, responseBody } = fleet;
  const usage = recordedUsage;
  const events = (devices / intervalSeconds) * secondsPerMonth;
  const batches = events / batch;
  const changes = fleet.changesPerDay * daysPerMonth;
  const messages = started(payloadBytes, messageUnitBytes);
  const messageBytes = payloadBytes + envelopeBytes;
  const single = started(messageBytes, requestUnitBytes);
  const filled = started(batch * messageBytes, requestUnitBytes);
  const { routeMs, deliverMs } = durations(fleet);
  const response = responseBody ? events : 0;
  const pipeline: Quantity[] = [
    ["connections", "connectionMinutes", devices * minutesPerMonth],
    [
      "live events",
      "brokerMessages",
      live ? events * messages * usage.liveEvent.brokerMessages : 0,
    ],
    ["response events", "brokerMessages", response * usage.responseEvent.brokerMessages],
    ["rule: events", "rulesTriggered", events * messages * usage.event.rulesTriggered],
    ["rule: response events", "rulesTriggered", response * usage.responseEvent.rulesTriggered],
    ["rule: send to the queue", "ruleActions", events * messages * usage.event.ruleActions],
    ["events: send", "sqsRequests", events * single * usage.event.sqsRequests],
    // Two of the requests carry the messages of the batch.
    ["route: queue", "sqsRequests", batches * (usage.routeBatch.sqsRequests - 2 + 2 * filled)],
    ["deliver: queue", "sqsRequests", batches * (usage.deliverBatch.sqsRequests - 1 + filled)],
    ["records: queue", "sqsRequests", 2 * batches * usage.record.sqsRequests],
    ["deliveries: fair queue", "sqsGroupRequests", batches * usage.routeBatch.sqsGroupRequests],
    ["route: requests", "lambdaRequests", batches * usage.routeBatch.lambdaRequests],
    ["deliver: requests", "lambdaRequests", batches * usage.deliverBatch.lambdaRequests],
    ["records: requests", "lambdaRequests", 2 * batches * usage.record.lambdaRequests],
    ["route: time", "lambdaGbSeconds", batches * gbSeconds(routeMs, memoryMiB)],
    ["deliver: time", "lambdaGbSeconds", batches * gbSeconds(deliverMs - targetMs, memoryMiB)],
    ["deliver: waits for targets", "lambdaGbSeconds", batches * gbSeconds(targetMs, memoryMiB)],
    ["records: time", "lambdaGbSeconds", recordGbSeconds(events, batches)],
    ["tables: reads", "tableReadUnits", batches * usage.tables.tableReadUnits],
    ["tables: writes", "tableWriteUnits", batches * usage.tables.tableWriteUnits * regions],
    ["audit log: writes", "tableWriteUnits", changes * usage.change.tableWriteUnits * regions],
    ["audit log: states", "tableReadUnits", changes * usage.change.tableReadUnits],
    ["records: objects", "s3Writes", 2 * batches * usage.record.s3Writes],
    // One fleet: of several, an invocation writes a row for each.
    ["series: events", "tableWriteUnits", batches * usage.record.lambdaRequests * regions],
    ["usage: writes", "tableWriteUnits", usageWrites(fleet) * regions],
    // Of a fleet with limits: its counts, which all regions read, its limits, and the list of
    // fleets.
    ["usage limits: writes", "tableWriteUnits", limitChecks(fleet) * regions],
    ["usage limits: reads", "tableReadUnits", limitChecks(fleet) * (regions + 2)],
    ["traffic to targets", "egressBytes", events * (payloadBytes + requestBytes)],
  ];
  return pipeline;
};

/** Updates of the firmware, and what every hello costs because there may be one. */
const quantitiesOfFirmware = (
  { devices, connectsPerDay, updatesPerYear, imageBytes }: Fleet,
  regions: number,
): Quantity[] => {
  const { update, hello } = recordedUsage;
  const updates = (devices * updatesPerYear * daysPerMonth) / daysPerYear;
  const hellos = devices * connectsPerDay * daysPerMonth;
  return [
    ["hellos: unfinished releases", "tableReadUnits", hellos * hello.tableReadUnits],
    ["updates: commands and events", "brokerMessages", updates * update.brokerMessages],
    ["updates: rules", "rulesTriggered", updates * update.rulesTriggered],
    ["updates: send to queues", "ruleActions", updates * update.ruleActions],
    ["updates: queues", "sqsRequests", updates * update.sqsRequests],
    ["updates: requests", "lambdaRequests", updates * update.lambdaRequests],
    ["updates: time", "lambdaGbSeconds", updates * update.lambdaGbSeconds],
    ["updates: reads", "tableReadUnits", updates * update.tableReadUnits],
    ["updates: writes", "tableWriteUnits", updates * update.tableWriteUnits * regions],
    ["updates: reads of images", "s3Reads", updates * update.s3Reads],
    ["updates: images", "egressBytes", updates * imageBytes],
  ];
};

/** Minutes of a month in which a fleet has usage, and its limits are counted. */
const limitChecks = ({ devices, intervalSeconds }: Fleet): number =>
  Math.min(minutesPerMonth, (devices / intervalSeconds) * secondsPerMonth);

/** What a device adds to a row of usage, compressed, and a kilobyte of a write. */
const usageDeviceBytes = 17;
const writeUnitBytes = 1_024;
/** Rows of devices of a period, and rows of fleets at most. */
const usageRows = 16 + 1;

/** Write units of the rows of usage in a month: a row for each shard of a minute, hour and day. */
export const usageWrites = ({
  devices,
  intervalSeconds,
}: Pick<Fleet, "devices" | "intervalSeconds">): number =>
  [minutesPerMonth, minutesPerMonth / 60, daysPerMonth]
    .map((periods) => {
      const events = ((devices / intervalSeconds) * secondsPerMonth) / periods;
      const active = Math.min(devices, events);
      const rows = Math.min(usageRows, 2 * active);
      return (
        periods * rows * started((active * usageDeviceBytes) / Math.max(1, rows), writeUnitBytes)
      );
    })
    .reduce((sum, one) => sum + one, 0);

const recordGbSeconds = (events: number, batches: number): number =>
  gbSeconds((2 * batches * recordedMs.record.perRecord) / processorShare(memoryMiB), memoryMiB) +
  gbSeconds(events * recordedMs.ledger.perEvent, ledgerMemoryMiB);

/** Runs of the canaries, one each minute. Their rows are written in every region. */
const runsOfCanaries = ({ canaries, regions }: IdleResources): Quantity[] => {
  const runs = canaries * minutesPerMonth;
  const { tableWriteUnits, ...others } = recordedUsage.canaryRun;
  const perRun: [Unit, number][] = [
    ["lambdaRequests", others.lambdaRequests],
    ["lambdaGbSeconds", others.lambdaGbSeconds],
    ["apiRequests", others.apiRequests],
    ["brokerMessages", others.brokerMessages],
    ["rulesTriggered", others.rulesTriggered],
    ["ruleActions", others.ruleActions],
    ["sqsRequests", others.sqsRequests],
    ["tableReadUnits", others.tableReadUnits],
    ["tableWriteUnits", tableWriteUnits * regions],
  ];
  return perRun.map(([unit, each]) => [`idle: canaries: ${unit}`, unit, runs * each]);
};

/**
 * Each minute, a watcher reads the alarms of one region, and a status page those of all. A watcher
 * sends a heartbeat, which starts the watcher of the next region.
 */
const operations = ({ watchers, statusPages, regions }: IdleResources): Quantity[] => {
  const reads = alarmReads * (watchers + statusPages * regions);
  const heartbeats = watchers * minutesPerMonth;
  const busEvents = regions > 1 ? 2 * heartbeats : heartbeats;
  return [
    ["idle: reads of alarms", "cloudWatchRequests", reads * minutesPerMonth],
    ["idle: metrics of watchers", "customMetrics", watchers * watcherMetrics],
    ["idle: heartbeats", "busEvents", busEvents],
    ["idle: heartbeats", "lambdaRequests", heartbeats],
  ];
};

const quantitiesWhenIdle = (idle: IdleResources): Quantity[] => {
  const { regions } = idle;
  const minute: Units = recordedUsage.idleMinute;
  const everyMinute = (unit: Unit): number => (minute[unit] ?? 0) * minutesPerMonth * regions;
  const runs = idle.scheduledPerMinute * minutesPerMonth;
  const ms = recordedMs.scheduled.perMinute * minutesPerMonth * regions;
  const checks = idle.healthChecks * checkRequestsPerMinute * minutesPerMonth;
  return [
    ["idle: alarms", "alarmMetrics", idle.alarmMetrics],
    ["idle: composite alarms", "compositeAlarms", idle.compositeAlarms],
    ["idle: keys", "kmsKeys", idle.keys],
    [
      "idle: empty receives",
      "sqsRequests",
      idle.mappings * emptyReceivesPerMinute * minutesPerMonth,
    ],
    ["idle: scheduled functions", "lambdaRequests", runs],
    // At most: some have less memory.
    ["idle: time of scheduled functions", "lambdaGbSeconds", gbSeconds(ms, watchMemoryMiB)],
    ["idle: object lists and writes", "s3Writes", everyMinute("s3Writes")],
    ["idle: object reads", "s3Reads", everyMinute("s3Reads")],
    ["idle: table reads", "tableReadUnits", everyMinute("tableReadUnits")],
    ["idle: table writes", "tableWriteUnits", everyMinute("tableWriteUnits") * regions],
    ["idle: metrics of canaries", "customMetrics", idle.canaries * canaryMetrics],
    // Of each minute: whether deliveries are missing, and whether the usage balances.
    ["idle: metrics of ledgers", "customMetrics", 2 * regions],
    ...runsOfCanaries(idle),
    ...operations(idle),
    ["idle: health checks", "healthChecks", idle.healthChecks],
    ["idle: requests of health checks", "apiRequests", checks],
    ["idle: function of health checks", "lambdaRequests", checks],
  ];
};
