import type { ArchiveSetting } from "../../event/archiveSetting.ts";
import type { FleetLimits } from "../../limit/usageLimit.ts";
import type { TargetHealth } from "../../resilience/targetHealth.ts";
import type { Integration, IntegrationMatcher } from "./integration.ts";

/** The targets of a fleet's events other than live subscribers. */
export interface FleetRouting<One extends IntegrationMatcher = Integration> {
  readonly integrations: readonly One[];
  /** Integrations whose row is malformed or whose secret cannot be decrypted, by id. */
  readonly unreadable: ReadonlyMap<string, Error>;
  /**
   * End of the time for which recent events are stored for resumed streams, in any region
   * (milliseconds since 1970). 0: no stream is open.
   */
  readonly listenedUntil: number;
  /** Health of integrations that fail or failed, in this region. */
  readonly healthRecords: readonly TargetHealth[];
  /** The archive setting. Absent: never set. */
  readonly archive?: ArchiveSetting | undefined;
  /** The limits of usage, and those that are reached in this region. Absent: none. */
  readonly limits?: FleetLimits | undefined;
}

/** Stores integrations. */
export interface Integrations {
  /** Reads everything that a fleet's events are routed to. Strongly consistent in this region. */
  fleetRouting(fleet: string): Promise<FleetRouting>;
  find(fleet: string, id: string): Promise<Integration | undefined>;
  add(integration: Integration): Promise<void>;
  /**
   * Replaces an integration. Returns `false` if its revision is not the next one: another request
   * changed or removed it.
   */
  replace(integration: Integration): Promise<boolean>;
  /** Returns whether it existed; with `only`, whether it existed with this revision. */
  remove(fleet: string, id: string, only?: Pick<Integration, "revision">): Promise<boolean>;
  /**
   * Disables it and stores the reason. Returns `false` if it is already disabled, missing, or being
   * changed.
   */
  disable(fleet: string, id: string, reason: string): Promise<boolean>;
}
