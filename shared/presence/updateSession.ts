import type { Device } from "../device/device.ts";
import type { Broker } from "../event/ports.ts";
import { omitUndefined } from "../platform/omitUndefined.ts";
import { eventTopic, statusEvent } from "../platform/topic.ts";
import { pendingStatusesMax, sessionWritesMax, statusPublishMs } from "./limits.ts";
import type { PendingStatus, Session, Sessions } from "./session.ts";
import type { SessionUpdate } from "./sessionUpdate.ts";

/** The dependencies of `updateSession`. */
export interface UpdateSessionDeps {
  readonly sessions: Pick<Sessions, "find" | "put">;
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
 * Reads a device's session, writes the change and publishes the statuses. Retries if another worker
 * has written the session in between.
 *
 * Statuses are published in the order of the row. The write that changes the session also stores
 * the statuses that are not published yet, and makes its worker their only publisher for
 * `statusPublishMs`. Another worker that changes the session meanwhile appends its statuses and
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
): Promise<UpdatedSession> => {
  for (let writes = 0; writes < sessionWritesMax; writes += 1) {
    const before = await deps.sessions.find(device.id);
    const tracked = await track(before);
    const untold = untoldAfter(before, tracked, device);
    const isTelling = isBeingTold(before, deps.now());
    if (tracked === undefined) {
      if (before === undefined || untold.length === 0) return { session: before, changed: false };
      if (isTelling) throw new Error(`another worker publishes the statuses of ${device.id}`);
    }
    const next = tracked?.session ?? nextOf(before);
    if (next === undefined) return { session: before, changed: false };
    const teller = isTelling ? before?.teller : tellerOf(next, untold, deps.now());
    const session = withUntold(next, untold, teller);
    if (!(await deps.sessions.put(session))) continue;
    const hasOwnMessage = teller !== undefined && !isTelling;
    const told = hasOwnMessage ? await tellAll(session, device, deps) : session;
    return { session: told, changed: tracked !== undefined };
  }
  throw new Error(`the session of ${device.id} has too many concurrent writers`);
};

type Teller = NonNullable<Session["teller"]>;

const isBeingTold = (session: Session | undefined, now: number): boolean =>
  session?.teller !== undefined && session.teller.until > now;

/** The revision of the write identifies the worker: no other worker makes that write. */
const tellerOf = (
  { revision: write }: Session,
  untold: readonly PendingStatus[],
  now: number,
): Teller | undefined =>
  untold.length === 0 ? undefined : { write, until: now + statusPublishMs };

/** At the bound, the latest status replaces the one before: users must receive it in the end. */
const untoldAfter = (
  before: Session | undefined,
  tracked: SessionUpdate | undefined,
  { fleet }: Device,
): PendingStatus[] => {
  const added = tracked?.statuses.map((status) => ({ status, fleet })) ?? [];
  const all = [...(before?.untold ?? []), ...added];
  return all.length <= pendingStatusesMax
    ? all
    : [...all.slice(0, pendingStatusesMax - 1), ...all.slice(-1)];
};

const nextOf = (before: Session | undefined): Session | undefined =>
  before && { ...before, revision: before.revision + 1 };

const withUntold = (
  { untold: _, teller: __, ...session }: Session,
  untold: readonly PendingStatus[],
  teller: Teller | undefined,
): Session => ({
  ...session,
  ...(untold.length > 0 && { untold: [...untold] }),
  ...omitUndefined({ teller }),
});

/** Publishes statuses until none is left. The caller's write has made it their publisher. */
const tellAll = async (
  written: Session,
  { id }: Device,
  deps: UpdateSessionDeps,
): Promise<Session | undefined> => {
  const { sessions } = deps;
  let session = written;
  let told = 0;
  for (let writes = 0; writes < sessionWritesMax; writes += 1) {
    for (const status of (session.untold ?? []).slice(told)) {
      await orLetOthersTell(tell(id, status, deps.broker), { session, told }, deps);
      told += 1;
    }
    const done = withUntold({ ...session, revision: session.revision + 1 }, [], undefined);
    if (await sessions.put(done)) return done;
    const row = await sessions.find(id);
    if (row?.teller?.write !== written.teller?.write || row === undefined) return row;
    session = row;
    // Other workers have only appended; at the bound they have replaced the last one.
    told = Math.min(told, pendingStatusesMax - 1);
  }
  throw new Error(`the statuses of ${id} change too fast to be published`);
};

/**
 * After a failure the next worker publishes the rest at once, or after `statusPublishMs` if this
 * write fails too.
 */
const orLetOthersTell = async (
  telling: Promise<void>,
  { session, told }: { session: Session; told: number },
  { sessions }: UpdateSessionDeps,
): Promise<void> => {
  try {
    await telling;
  } catch (error) {
    const rest = (session.untold ?? []).slice(told);
    const left = withUntold({ ...session, revision: session.revision + 1 }, rest, undefined);
    await sessions.put(left).catch(() => false);
    throw error;
  }
};

const tell = async (
  id: string,
  { status, fleet }: PendingStatus,
  broker: UpdateSessionDeps["broker"],
): Promise<void> => {
  const topic = eventTopic({ fleet, device: id, name: statusEvent });
  await broker.publish(topic, Buffer.from(status));
};
