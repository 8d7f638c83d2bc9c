import {
  listeningCheckMs,
  listeningMs,
  listeningRemainingMsMin,
} from "#shared/stream/resume/limits.ts";
import type { Population } from "./population.ts";

/** What a device and its owners do, on average. The document states these assumptions. */
export const traffic = {
  eventIntervalSeconds: 600,
  /** Bytes of the data of an event. */
  payloadBytes: 218,
  /** The part of events with an id of the device, of which duplicates are detected. */
  withId: 0.1,
  /** Connections of a device in a day: each has a connect, a hello and a disconnect. */
  connectsPerDay: 1,
  callsPerDay: 0.1,
  /** Every so many fleets, beginning with the largest one, someone watches the event stream. */
  listenedEvery: 10,
  /** Events in a batch of `route` and of `deliver`, as in the estimate of costs. */
  batch: 5,
  /** Requests that change something, in a day and fleet: two rows of the audit log each. */
  changesPerDay: 1,
  /** Every device of the largest fleet gets a firmware update within so many hours. */
  updateHours: 24,
} as const;

export const daySeconds = 86_400;

/** Rates that follow from a population, per second. */
export interface Rates {
  readonly events: number;
  /** Invocations of `record`: each has up to 1,000 records, one of each batch. */
  readonly recordRuns: number;
  readonly connects: number;
  readonly calls: number;
}

const recordsPerRun = 1_000;
/** With the batching window of `record`. */
const recordRunsMin = 0.1;

/** The rates of a number of devices. */
export const ratesOf = ({ devices }: Pick<Population, "devices">): Rates => {
  const events = devices / traffic.eventIntervalSeconds;
  return {
    events,
    recordRuns: Math.max(recordRunsMin, (2 * events) / traffic.batch / recordsPerRun),
    connects: (devices * traffic.connectsPerDay) / daySeconds,
    calls: (devices * traffic.callsPerDay) / daySeconds,
  };
};

/** How often a fleet with listeners renews its listening period. */
export const listeningRenewalSeconds =
  (listeningMs - listeningRemainingMsMin + listeningCheckMs) / 1_000;
