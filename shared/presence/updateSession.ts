import type { Device } from "../device/device.ts";
import type { Broker } from "../event/ports.ts";
import { omitUndefined } from "../platform/omitUndefined.ts";
import { cloudPublisher, eventTopic, statusEvent } from "../platform/topic.ts";
import { pendingStatusesMax, sessionWritesMax, statusPublishMs } from "./limits.ts";
import type { PresenceHistory } from "./presenceHistory.ts";
import type { SessionRecoveries } from "./recovery/sessionRecovery.ts";
import type { PendingEvent, PendingStatus, Session, Sessions } from "./session.ts";
import { changesOf, type SessionUpdate } from "./sessionUpdate.ts";

/** The dependencies of `updateSession`. */
export interface UpdateSessionDeps {
  readonly sessions: Pick<Sessions, "find" | "put">;
  readonly history: Pick<PresenceHistory, "add">;
  readonly recoveries: Pick<SessionRecoveries, "add">;
  readonly broker: Pick<Broker, "publish">;
  readonly now: () => number;
}

/** Computes the next session; `undefined` if nothing changes. */
type Track = (
  before: Session | undefined,
) => SessionUpdate | undefined | Promise<SessionUpdate | undefined>;

interface UpdatedSession {
  readonly session: Session | undefined;
  readonly changed: boolean;
}

/**
 * Reads a device's session, unless the caller has read it (`read`), writes the change and publishes
 * the statuses and events. Retries if another worker has written the session in between.
 *
 * Statuses and events are published in the order of the row. The write that changes the session
 * also stores the statuses that are not published yet, and makes its worker their only publisher
 * for `statusPublishMs`. Another worker that changes the session meanwhile appends its statuses and
 * leaves publishing to the first one.
 *
 * A crash leaves the statuses in the row. The redelivered message or the next sweep publishes them.
 * If nothing changes while another worker publishes, the call fails, so that the queue redelivers
 * the message in case that worker has crashed.
 */
export const updateSession = async (
  device: Device,
  track: Track,
  deps: UpdateSessionDeps,
  read?: { readonly session?: Session },
): Promise<UpdatedSession> => {
  for (let writes = 0; writes < sessionWritesMax; writes += 1) {
    const isRead = read !== undefined && writes === 0;
    const before = isRead ? read.session : await deps.sessions.find(device.id);
    const tracked = await track(before);
    const unpublished = unpublishedAfter(before, tracked, device);
    const isBeingPublished = hasActivePublisher(before, deps.now());
    if (tracked === undefined) {
      if (before === undefined || unpublished.length === 0)
        return { session: before, changed: false };
      if (isBeingPublished)
        throw new Error(`another worker publishes the statuses of ${device.id}`);
    }
    const next = tracked?.session ?? nextOf(before);
    if (next === undefined) return { session: before, changed: false };
    const publisher = isBeingPublished
      ? before?.publisher
      : publisherOf(next, unpublished, deps.now());
    const session = withUnpublished(next, unpublished, publisher);
    if (!(await deps.sessions.put(session))) continue;
    const hasOwnMessage = publisher !== undefined && !isBeingPublished;
    const published = hasOwnMessage ? await publishAll(session, device, deps) : session;
    return { session: published, changed: tracked !== undefined };
  }
  throw new Error(`the session of ${device.id} has too many concurrent writers`);
};

type Pending = PendingStatus | PendingEvent;

type Publisher = NonNullable<Session["publisher"]>;

const hasActivePublisher = (session: Session | undefined, now: number): boolean =>
  session?.publisher !== undefined && session.publisher.until > now;

/** The revision of the write identifies the worker: no other worker makes that write. */
const publisherOf = (
  { revision: write }: Session,
  unpublished: readonly Pending[],
  now: number,
): Publisher | undefined =>
  unpublished.length === 0 ? undefined : { write, until: now + statusPublishMs };

/** At the bound, the latest status replaces the one before: users must receive it in the end. */
const unpublishedAfter = (
  before: Session | undefined,
  tracked: SessionUpdate | undefined,
  { fleet }: Device,
): Pending[] => {
  const added = tracked === undefined ? [] : pendingOf(tracked, fleet);
  const all = [...(before?.unpublished ?? []), ...added];
  return all.length <= pendingStatusesMax
    ? all
    : [...all.slice(0, pendingStatusesMax - 1), ...all.slice(-1)];
};

const pendingOf = (tracked: SessionUpdate, fleet: string): Pending[] => {
  const changes = changesOf(tracked);
  const { revision: write } = tracked.session;
  const statuses = tracked.statuses.map((status, index): Pending => {
    const change = changes[index];
    return { status, fleet, ...(change && { change: { ...change, write, index } }) };
  });
  const events = (tracked.events ?? []).map(
    ({ recovery, ...event }): Pending => ({ event, fleet, ...omitUndefined({ recovery }) }),
  );
  return [...statuses, ...events];
};

const nextOf = (before: Session | undefined): Session | undefined =>
  before && { ...before, revision: before.revision + 1 };

const withUnpublished = (
  { unpublished: _, publisher: __, ...session }: Session,
  unpublished: readonly Pending[],
  publisher: Publisher | undefined,
): Session => ({
  ...session,
  ...(unpublished.length > 0 && { unpublished: [...unpublished] }),
  ...omitUndefined({ publisher }),
});

/** Publishes statuses until none is left. The caller's write has made it their publisher. */
const publishAll = async (
  written: Session,
  { id }: Device,
  deps: UpdateSessionDeps,
): Promise<Session | undefined> => {
  const { sessions } = deps;
  let session = written;
  let published = 0;
  for (let writes = 0; writes < sessionWritesMax; writes += 1) {
    for (const status of (session.unpublished ?? []).slice(published)) {
      const pending = recordAndPublish({ id, region: written.region }, status, deps);
      await orLeaveToOthers(pending, { session, published }, deps);
      published += 1;
    }
    const done = withUnpublished({ ...session, revision: session.revision + 1 }, [], undefined);
    if (await sessions.put(done)) return done;
    const row = await sessions.find(id);
    if (row?.publisher?.write !== written.publisher?.write || row === undefined) return row;
    session = row;
    // Other workers have only appended; at the bound they have replaced the last one.
    published = Math.min(published, pendingStatusesMax - 1);
  }
  throw new Error(`the statuses of ${id} change too fast to be published`);
};

/**
 * After a failure the next worker publishes the rest at once, or after `statusPublishMs` if this
 * write fails too.
 */
const orLeaveToOthers = async (
  publishing: Promise<void>,
  { session, published }: { session: Session; published: number },
  { sessions }: UpdateSessionDeps,
): Promise<void> => {
  try {
    await publishing;
  } catch (error) {
    const rest = (session.unpublished ?? []).slice(published);
    const left = withUnpublished({ ...session, revision: session.revision + 1 }, rest, undefined);
    await sessions.put(left).catch(() => false);
    throw error;
  }
};

/**
 * Adds a change of presence to the history first, and a correction to the recoveries: if this
 * fails, the event is published later, once. Both are repeated after a crash.
 */
const recordAndPublish = async (
  { id, region }: Pick<Device, "id"> & Pick<Session, "region">,
  pending: Pending,
  { history, recoveries, broker }: UpdateSessionDeps,
): Promise<void> => {
  const { fleet } = pending;
  if ("event" in pending) {
    const { event, recovery } = pending;
    if (recovery !== undefined) await recoveries.add({ device: id, fleet, region, ...recovery });
    const device = recovery === undefined ? id : cloudPublisher;
    await broker.publish(eventTopic({ fleet, device, name: event.name }), Buffer.from(event.data));
    return;
  }
  const { status, change } = pending;
  if (change !== undefined) {
    const online = status === "online";
    await history.add({ device: id, fleet, region, online, ...change });
  }
  await broker.publish(eventTopic({ fleet, device: id, name: statusEvent }), Buffer.from(status));
};
