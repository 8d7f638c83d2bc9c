import type { ArchiveSetting } from "../../event/archiveSetting.ts";
import type { Trouble } from "../../resilience/trouble.ts";
import type { Integration, Outlet } from "./integration.ts";

/** All that a fleet's events go to, beside live subscribers. */
export interface Outlets<One extends Outlet = Integration> {
  readonly integrations: readonly One[];
  /** Those whose row, or secret, could not be read, by id: the others do not wait for them. */
  readonly unreadable: ReadonlyMap<string, Error>;
  /** Until when its events are kept for streams that are resumed, in whatever region; 0 if nobody listens. */
  readonly listenedUntil: number;
  /** What this region knows of those integrations whose attempts fail, or did. */
  readonly troubles: readonly Trouble[];
  /** Whether its events are archived; absent where nobody has said. */
  readonly archive?: ArchiveSetting | undefined;
}

/** Where events go. */
export interface Integrations {
  /** All integrations of a fleet as they are now, not as they were, whether somebody listens, and what fails. */
  outlets(fleet: string): Promise<Outlets>;
  find(fleet: string, id: string): Promise<Integration | undefined>;
  add(integration: Integration): Promise<void>;
  /** Puts it in the place of the one with its id. Answers `false` when it is not the next revision: somebody else wrote or removed it. */
  replace(integration: Integration): Promise<boolean>;
  /** Answers whether there was one. */
  remove(fleet: string, id: string): Promise<boolean>;
  /** Disables it for a reason. Answers `false` when it was, is not there, or is being changed by its owner. */
  disable(fleet: string, id: string, reason: string): Promise<boolean>;
}

/** A fleet's integrations as a worker knows them, all of one moment. */
export interface FleetIntegrations<One extends Outlet = Integration> {
  readonly known: readonly One[];
  /** The ids of those that cannot be read, and that the worker never could: which events they match is not known. */
  readonly unread: readonly string[];
}

/** The integrations of a fleet, from memory where that is fresh enough. */
export interface KnownIntegrations<One extends Outlet = Integration> {
  ofFleet(fleet: string): Promise<FleetIntegrations<One>>;
  listenedUntil(fleet: string): Promise<number>;
  archiveOf(fleet: string): Promise<ArchiveSetting | undefined>;
  /**
   * One of them. What memory does not know is asked for: `undefined` means that it is not there, `unreadable` that it
   * is and cannot be read now.
   */
  find(fleet: string, id: string): Promise<One | "unreadable" | undefined>;
  /** What is known of one whose attempts fail; `undefined`, nearly always, when there is nothing. */
  troubleOf(fleet: string, id: string): Promise<Trouble | undefined>;
}
