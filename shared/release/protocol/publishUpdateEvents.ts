import type { Device } from "../../device/device.ts";
import type { PublishedUpdate } from "../../presence/session.ts";
import { type UpdateSessionDeps, updateSession } from "../../presence/updateSession.ts";
import { eventsOf, type UpdateStep } from "./updateEvents.ts";

/** The dependencies of `publishUpdateEvents`. */
export interface PublishDeps extends UpdateSessionDeps {
  readonly region: string;
}

/**
 * Publishes the events of a step of an update, each of them once, in order with the presence of the
 * device: the session of the region lists them until they are published. A crash in between is
 * repaired by the redelivered message, which publishes the rest. `elsewhere`: what another region
 * has published.
 */
export const publishUpdateEvents = async (
  device: Device,
  step: UpdateStep,
  deps: PublishDeps,
  elsewhere: readonly PublishedUpdate[] = [],
): Promise<void> => {
  const { at } = step;
  await updateSession(
    device,
    (before) => {
      const next = eventsOf(latestOf([before?.update, ...elsewhere], step), step);
      if (next === undefined) return undefined;
      const { update, events } = next;
      // A device that reports is connected: as a hello, a report restores a lost session.
      const known = before ?? {
        ...{ device: device.id, region: deps.region },
        ...{ connected: true, since: at, at, revision: 0 },
      };
      const session = { ...known, update, revision: known.revision + 1 };
      return { session, statuses: [], events };
    },
    deps,
  );
};

const latestOf = (
  all: readonly (PublishedUpdate | undefined)[],
  { release }: UpdateStep,
): PublishedUpdate | undefined =>
  all
    .flatMap((one) => (one?.release === release ? [one] : []))
    .toSorted((one, other) => other.at - one.at)[0];
