import type { Elsewhere, Measured } from "../books/books.ts";
import type { Ground, Tenant } from "../cloud/ground.ts";
import type { Lane } from "../lane.ts";
import type { DriverJob } from "../process/driverJob.ts";
import type { ObserverJob } from "../process/observerJob.ts";

/** The highest documented rate of a part, with its source. */
export interface Documented {
  readonly perSecond: number;
  readonly source: string;
}

/** One lane and its customer. */
export interface TenantLane {
  readonly lane: Lane;
  readonly tenant: Tenant;
}

/** What a part runs with. */
export interface PartContext {
  readonly ground: Ground;
  readonly lanes: readonly TenantLane[];
  log(text: string): void;
}

/** Starts the measuring client. Returns the URL of a target. */
export type StartObserver = (job: ObserverJob) => Promise<string>;

/** What a part needs while it runs. */
export interface Running {
  /** One for each lane. */
  readonly drivers: readonly DriverJob[];
  /** Finds the units that have not arrived, when arrivals have stopped. One for each lane. */
  elsewhere?(round: number): Promise<readonly Elsewhere[]>;
}

/** A critical part of the cloud under load. */
export interface Part {
  readonly does: string;
  /** What the units are, for example "events". */
  readonly units: string;
  readonly documented: Documented;
  readonly seconds: number;
  /** Units of a lane, if what a unit uses cannot be used again: there is no warm-up then. */
  readonly unitsMax?: number;
  readonly measured: Measured;
  /** Missing units are looked for after this time without an arrival. Default: `quietMs`. */
  readonly quietMs?: number;
  /** Adds what the load needs, and starts the measuring client if there is one. */
  prepare(context: PartContext, startObserver: StartObserver): Promise<Running>;
}

/** Whether the units of a part can be offered again. */
export const isRepeatable = ({ unitsMax }: Pick<Part, "unitsMax">): boolean =>
  unitsMax === undefined;
