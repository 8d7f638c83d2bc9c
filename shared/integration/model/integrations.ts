import type { ArchiveSetting } from "../../event/archiveSetting.ts";
import type { TargetHealth } from "../../resilience/targetHealth.ts";
import type { Integration, IntegrationMatcher } from "./integration.ts";

/** All that a fleet's events go to, beside live subscribers. */
export interface FleetRouting<One extends IntegrationMatcher = Integration> {
  readonly integrations: readonly One[];
  /** Those whose row, or secret, could not be read, by id: the others do not wait for them. */
  readonly unreadable: ReadonlyMap<string, Error>;
  /** Until when its events are kept for streams that are resumed, in whatever region; 0 if nobody listens. */
  readonly listenedUntil: number;
  /** What this region knows of those integrations whose attempts fail, or did. */
  readonly healthRecords: readonly TargetHealth[];
  /** Whether its events are archived; absent where nobody has said. */
  readonly archive?: ArchiveSetting | undefined;
}

/** Where events go. */
export interface Integrations {
  /** All integrations of a fleet as they are now, not as they were, whether somebody listens, and what fails. */
  fleetRouting(fleet: string): Promise<FleetRouting>;
  find(fleet: string, id: string): Promise<Integration | undefined>;
  add(integration: Integration): Promise<void>;
  /** Puts it in the place of the one with its id. Answers `false` when it is not the next revision: somebody else wrote or removed it. */
  replace(integration: Integration): Promise<boolean>;
  /** Answers whether there was one. */
  remove(fleet: string, id: string): Promise<boolean>;
  /** Disables it for a reason. Answers `false` when it was, is not there, or is being changed by its owner. */
  disable(fleet: string, id: string, reason: string): Promise<boolean>;
}
