import { requeueDeliveriesMax, requeueMinutes } from "#shared/delivery/limits.ts";
import { usageShards } from "#shared/ledger/usage/usage.ts";
import { hourSeconds } from "#shared/platform/durations.ts";
import {
  type HeartbeatProfile,
  updateProfile,
} from "#shared/presence/recovery/heartbeatProfile.ts";
import { profileShards, sweepDevicesMax, watchMinutes } from "#shared/presence/recovery/limits.ts";
import { capacityOf } from "../../../infra/capacity.ts";
import { sizes } from "../../../infra/sizes.ts";
import { zipfPopulation } from "./population.ts";
import { deviceIdOf, modelTime } from "./samples.ts";
import { ratesOf, traffic } from "./traffic.ts";

/** What one region does in series, and when it is not enough. */
export interface Bound {
  readonly what: string;
  /** What the bound allows, in the unit of `needed`. */
  readonly allowed: number;
  readonly needed: number;
  readonly unit: string;
  /** The devices at which `needed` exceeds `allowed`. */
  readonly breaksAt: number;
  /** What happens then. */
  readonly consequence: string;
}

const bound = (devices: number, one: Omit<Bound, "breaksAt">): Bound => ({
  ...one,
  breaksAt: (devices * one.allowed) / one.needed,
});

const profileOf = (n: number): HeartbeatProfile => ({
  ...updateProfile(undefined, deviceIdOf(`${n}`), modelTime),
  last: modelTime + n,
  longest: 600_000,
  before: 600_000,
  wake: 0,
  wakeReadAt: modelTime,
});

/** Bytes of a stored profile before compression. */
const profileBytes = JSON.stringify(profileOf(1)).length + 1;
/** What a worker with 1,769 MB can hold: a profile takes about five times its text. */
const profileBytesMax = 1_769e6 / 2 / 5;
/** Lines of usage that a worker with 512 MB can hold. */
const usageLinesMax = 600_000;
const usageDays = 30;

/** The bounds of one region with so many devices, the tightest first. */
export const boundsOf = (devices: number): Bound[] => {
  const population = zipfPopulation(devices);
  const { events } = ratesOf(population);
  const [largest] = population.fleets;
  const largestEvents = (largest?.devices ?? 0) / traffic.eventIntervalSeconds;
  const perMinute = watchMinutes * 60;
  return [
    bound(devices, {
      what: "`ledger`: entries of a minute in one run",
      allowed: capacityOf(sizes.standard).eventsPerSecond,
      needed: events,
      unit: "events/s",
      consequence:
        "its runs fall behind: counts, usage and the alarm of missing deliveries are late; events are delivered",
    }),
    bound(devices, {
      what: "sweep: a round through all sessions in an hour",
      allowed: (sweepDevicesMax / perMinute) * hourSeconds,
      needed: devices,
      unit: "devices/h",
      consequence:
        "a round takes longer: presence that was lost with its message is corrected later; other presence is not delayed",
    }),
    bound(devices, {
      what: "`requeue`: deliveries that return after an outage of the largest target",
      allowed: requeueDeliveriesMax / (requeueMinutes * 60),
      needed: largestEvents,
      unit: "deliveries/s",
      consequence:
        "the backlog returns more slowly than it grew, and pages as late; new events are not delayed",
    }),
    bound(devices, {
      what: "heartbeat profiles: a shard in memory",
      allowed: profileBytesMax,
      needed: (devices / profileShards) * profileBytes,
      unit: "bytes",
      consequence: "`watch` runs out of memory: silent devices are not found any more",
    }),
    bound(devices, {
      what: "`GET /v1/usage` by device of the largest fleet, 30 days: a shard of its devices in memory",
      allowed: usageLinesMax,
      needed: ((largest?.devices ?? 0) / usageShards) * usageDays,
      unit: "lines",
      consequence:
        "a page of the list fails; fewer days, and the usage of the fleet and of one device, work",
    }),
  ].sort((one, other) => one.breaksAt - other.breaksAt);
};
