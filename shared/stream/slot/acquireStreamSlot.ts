import { Failure } from "../../platform/failure.ts";
import type { SlotLimits } from "../../platform/slotLimits.ts";
import type { Cursor } from "../position.ts";
import {
  expiryRetrySecondsMin,
  handoverMs,
  requestedRetrySeconds,
  streamSlotAttemptsMax,
} from "./limits.ts";
import { newSlotId, readSlot, writeSlot } from "./slotId.ts";
import type {
  Handover,
  OccupiedSlot,
  SlotHolder,
  SlotKey,
  StreamSlot,
  StreamSlots,
} from "./streamSlots.ts";

interface SlotRequest {
  /** The user whose slot is occupied. */
  readonly user: string;
  readonly fleet: string;
  /** The hash of the client. */
  readonly client: string;
  /** The cursor that the client sent. */
  readonly after?: Cursor | undefined;
  /** The slot of a crashed worker becomes free after this time. */
  readonly lifeMs: number;
}

interface Deps {
  readonly slots: StreamSlots;
  readonly limits: SlotLimits["streams"];
  readonly now: () => number;
  readonly onError: (what: "slot", error: unknown) => void;
}

/** The slot of an open stream. */
export interface AcquiredSlot {
  /** The slot for the stream's cursors; `undefined` while the table does not respond. */
  readonly slot: string | undefined;
  /** The cursor from which the stream resumes: the client's, or its handover. */
  readonly after: Cursor | undefined;
  /** Whether the stream may continue. True while the table does not respond. */
  mayContinue(): Promise<boolean>;
  /**
   * Frees the slot; only the first call has an effect. With `position`, the client can continue
   * there without a cursor.
   */
  release(position?: Cursor): Promise<void>;
}

/**
 * Occupies a slot of the user, one of the fleet and, where the streams of the region are limited,
 * one of those. Fails with `too_many_requests`. Lambda does not notify a stream whose client has
 * disconnected, so the client's former streams may still run:
 *
 * - If the cursor names the slot of a former stream of this user, that stream is requested to end.
 * - If the client has its maximum number of streams, the oldest is requested to end, and the client
 *   can return when it has ended.
 *
 * A slot is free only when its stream has ended. While the table does not respond, no slot is
 * needed.
 */
export const acquireStreamSlot = async (
  request: SlotRequest,
  deps: Deps,
): Promise<AcquiredSlot> => {
  try {
    return await acquire(request, deps);
  } catch (error) {
    if (error instanceof Failure) throw error;
    deps.onError("slot", error);
    return {
      slot: undefined,
      after: request.after,
      mayContinue: async () => true,
      release: async () => {},
    };
  }
};

const acquire = async (request: SlotRequest, deps: Deps): Promise<AcquiredSlot> => {
  const { slots, limits, onError } = deps;
  const ignore = (error: unknown): void => onError("slot", error);
  const user: SlotHolder = { kind: "user", name: request.user };
  const shared: SlotHolder[] = [
    { kind: "fleet", name: request.fleet },
    ...(limits.inRegion === undefined ? [] : [{ kind: "region", name: "all" } as const]),
  ];
  const frees: (() => Promise<void>)[] = [];
  const freeShared = async () => void (await Promise.all(frees.map((free) => free())));
  const found = await checkUser(request, user, deps);
  try {
    for (const holder of shared) {
      const slot = await occupyAny(request, holder, deps);
      frees.push(() => slots.release(holder, slot).catch(ignore));
    }
    const { slot, after } = await occupyOfUser(request, user, { ...deps, found });
    let isReleased = false;
    return {
      slot: writeSlot(slot),
      after,
      mayContinue: () =>
        slots.mayContinue(user, slot).catch((error: unknown) => {
          ignore(error);
          return true;
        }),
      async release(position) {
        if (isReleased) return;
        isReleased = true;
        const { client } = request;
        const handover = position && { client, endedAt: deps.now(), cursor: position };
        await Promise.all([slots.release(user, slot, handover).catch(ignore), freeShared()]);
      },
    };
  } catch (error) {
    await freeShared();
    throw error;
  }
};

/** The slots of a holder, as the table returns them. */
type Found = Awaited<ReturnType<StreamSlots["list"]>>;

/** Requests former streams to end, and fails if the client or the user has no free slot. */
const checkUser = async (
  { client, after }: SlotRequest,
  user: SlotHolder,
  { slots, limits, now }: Deps,
): Promise<Found> => {
  const found = await slots.list(user, now());
  const { occupied } = found;
  const named = after?.slot === undefined ? undefined : readSlot(after.slot);
  const former = named && occupied.find((one) => isSame(one, named));
  if (former && !former.isRequested) await slots.requestEnd(user, former);
  const own = occupied.filter((one) => one.client === client);
  if (own.length >= limits.perClient) {
    const isRequested = former !== undefined || own.some((one) => one.isRequested);
    const [oldest] = own.toSorted((a, b) => a.since - b.since);
    if (!isRequested && oldest) await slots.requestEnd(user, oldest);
    throw tooMany("client", limits, requestedRetrySeconds);
  }
  if (occupied.length >= limits.perUser) {
    throw tooMany("user", limits, former ? requestedRetrySeconds : retrySeconds(occupied, now()));
  }
  return found;
};

/** Occupies a random slot: concurrent requests would otherwise all try the first one. */
const occupyAny = async (request: SlotRequest, holder: SlotHolder, deps: Deps) => {
  const { slots, limits, now } = deps;
  let occupied: readonly OccupiedSlot[] = [];
  for (let tries = 0; tries < streamSlotAttemptsMax; tries += 1) {
    const number = anyOf(freeNumbers(slotsOf(holder.kind, limits), occupied));
    if (number === undefined) break;
    const slot = newSlot(request, number, now());
    if (await slots.occupy(holder, slot, { now: now() })) return slot;
    ({ occupied } = await slots.list(holder, now()));
  }
  throw tooMany(holder.kind, limits, retrySeconds(occupied, now()));
};

/** Occupies a slot of the user, preferably the one with the client's handover. */
const occupyOfUser = async (
  request: SlotRequest,
  user: SlotHolder,
  { slots, limits, now, found: first }: Deps & { found: Found },
): Promise<{ slot: StreamSlot; after: Cursor | undefined }> => {
  let found = first;
  for (let tries = 0; tries < streamSlotAttemptsMax; tries += 1) {
    if (tries > 0) found = await slots.list(user, now());
    const { occupied, handovers } = found;
    const fresh = handovers.filter(({ endedAt }) => endedAt > now() - handoverMs);
    const handover = findHandover(request, fresh);
    if (handover) {
      const slot = newSlot(request, handover.number, now());
      const given = { now: now(), replaces: handover.id };
      if (await slots.occupy(user, slot, given)) return { slot, after: handover.cursor };
      continue;
    }
    // The handovers of other clients are removed only if there is no other free slot.
    const free = freeNumbers(limits.perUser, occupied);
    const unused = free.filter((number) => fresh.every((one) => one.number !== number));
    const number = anyOf(unused.length > 0 ? unused : free);
    if (number === undefined) break;
    const slot = newSlot(request, number, now());
    if (await slots.occupy(user, slot, { now: now() })) return { slot, after: request.after };
  }
  throw tooMany("user", limits, retrySeconds(found.occupied, now()));
};

/**
 * A client with a cursor continues at the handover of its stream if it has received all of that
 * stream; otherwise at its cursor. A client without one continues at its first handover.
 */
const findHandover = (
  { client, after }: SlotRequest,
  handovers: readonly Handover[],
): Handover | undefined => {
  const own = handovers.filter((one) => one.client === client);
  if (after === undefined) return own.toSorted((a, b) => a.endedAt - b.endedAt)[0];
  const named = after.slot === undefined ? undefined : readSlot(after.slot);
  return named && own.find((one) => isSame(one, named) && one.cursor.at === after.at);
};

const newSlot = ({ client, lifeMs }: SlotRequest, number: number, now: number): StreamSlot => ({
  number,
  id: newSlotId(),
  client,
  since: now,
  until: now + lifeMs,
});

const freeNumbers = (max: number, occupied: readonly OccupiedSlot[]): readonly number[] => {
  const used = new Set(occupied.map(({ number }) => number));
  return Array.from({ length: max }, (_, i) => i).filter((i) => !used.has(i));
};

const anyOf = (numbers: readonly number[]): number | undefined =>
  numbers[Math.floor(Math.random() * numbers.length)];

const isSame = (a: SlotKey, b: SlotKey): boolean => a.number === b.number && a.id === b.id;

/** When the next of these slots becomes free. */
const retrySeconds = (occupied: readonly OccupiedSlot[], now: number): number => {
  if (occupied.some(({ isRequested }) => isRequested)) return requestedRetrySeconds;
  const next = Math.min(...occupied.map(({ until }) => until));
  const seconds = Number.isFinite(next) ? Math.ceil((next - now) / 1_000) : 0;
  return Math.max(seconds, expiryRetrySecondsMin);
};

type Bound = "client" | SlotHolder["kind"];

const slotsOf = (
  bound: Bound,
  { perClient, perUser, perFleet, inRegion = 0 }: SlotLimits["streams"],
): number => ({ client: perClient, user: perUser, fleet: perFleet, region: inRegion })[bound];

const tooMany = (bound: Bound, limits: SlotLimits["streams"], retryAfterSeconds: number): Failure =>
  new Failure(
    `the limit is ${slotsOf(bound, limits)} concurrent event streams ${boundNames[bound]}: try again when one has ended`,
    { code: "too_many_requests", retryAfterSeconds },
  );

const boundNames: Readonly<Record<Bound, string>> = {
  client: "per client (token, address, program and filter) and region",
  user: "per user and region",
  fleet: "per fleet and region",
  region: "of all users in this region",
};
