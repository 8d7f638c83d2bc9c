import { Failure } from "../../platform/failure.ts";
import type { SlotLimits } from "../../platform/slotLimits.ts";
import type { Accounts } from "../accounts.ts";
import type { Caller } from "./authenticateCaller.ts";
import { callSlotAfterMs, slotMarginMs, slotRetrySeconds } from "./limits.ts";

/** The kinds of concurrency slots in a region that one request occupies for one user. */
export type SlotKind = Exclude<keyof SlotLimits, "streams">;

/** A slot that is occupied until `until`, in milliseconds since 1970. */
export interface Slot {
  readonly kind: SlotKind;
  /** The user, or `allUsers`. */
  readonly user: string;
  readonly number: number;
  /** Unique to the request that occupies it. */
  readonly id: string;
  readonly until: number;
}

/** The concurrency slots of this region: for each user and kind, at most `max`. */
export interface ConcurrencySlots {
  /** Returns `undefined` if the user has no free slot. */
  acquire(
    kind: SlotKind,
    user: string,
    limits: { max: number; now: number; until: number },
  ): Promise<Slot | undefined>;
  /** Whether the user has no free slot, by an eventually consistent read. */
  isFull(kind: SlotKind, user: string, limits: { max: number; now: number }): Promise<boolean>;
  /** Releases a slot. Does nothing if it has expired and another request occupies it. */
  release(slot: Slot): Promise<void>;
}

/** The owner of the slots that all users share. No user has an empty name. */
const allUsers = "";

export interface SlotDeps {
  readonly slots: ConcurrencySlots;
  readonly limits: SlotLimits;
  readonly accounts: Pick<Accounts, "findProduct">;
  readonly now: () => number;
  readonly onError: (what: "slot", error: unknown) => void;
}

/**
 * Acquires a slot of a user for at most `lifeMs` and returns the function that releases it; with a
 * limit of the region, also one of the slots that all users share. Fails with `too_many_requests`.
 * The slot of a crashed worker becomes free after `lifeMs`. While the table of slots does not
 * respond, no slot is needed.
 */
export const acquireSlot = async (
  kind: SlotKind,
  caller: SlotOwner,
  lifeMs: number,
  deps: SlotDeps,
): Promise<() => Promise<void>> => {
  const { perUser, inRegion } = deps.limits[kind];
  const user = await slotOwner(caller, deps);
  const release = await acquireOne({ kind, user, max: perUser, lifeMs }, deps);
  if (release === undefined) throw tooMany(kind, deps.limits);
  if (inRegion === undefined) return release;
  const shared = { kind, user: allUsers, max: inRegion, lifeMs };
  const releaseShared = await acquireOne(shared, deps);
  if (releaseShared === undefined) {
    await release();
    throw tooManyInRegion(kind, inRegion);
  }
  return async () => void (await Promise.all([release(), releaseShared()]));
};

/** Returns `undefined` if no slot is free. */
const acquireOne = async (
  { kind, user, max, lifeMs }: { kind: SlotKind; user: string; max: number; lifeMs: number },
  { slots, now, onError }: SlotDeps,
): Promise<(() => Promise<void>) | undefined> => {
  const warn = (error: unknown): void => onError("slot", error);
  const startedAt = now();
  try {
    const until = startedAt + lifeMs + slotMarginMs;
    const slot = await slots.acquire(kind, user, { max, now: startedAt, until });
    return slot && (() => slots.release(slot).catch(warn));
  } catch (error) {
    warn(error);
    return async () => {};
  }
};

/** Runs `work` in a slot of the user and releases it afterwards, on success and on failure. */
export const withSlot = async <Done>(
  kind: SlotKind,
  caller: SlotOwner,
  { lifeMs, deps }: { lifeMs: number; deps: SlotDeps },
  work: () => Promise<Done>,
): Promise<Done> => {
  const release = await acquireSlot(kind, caller, lifeMs, deps);
  try {
    return await work();
  } finally {
    await release();
  }
};

/**
 * Fails with `too_many_requests` when all call slots of the user, or of the region, are occupied:
 * then no further call is sent.
 */
export const requireCallSlot = async (caller: SlotOwner, deps: SlotDeps): Promise<void> => {
  const { slots, now, onError, limits } = deps;
  const { perUser, inRegion } = limits.calls;
  const isFull = async (user: string, max: number): Promise<boolean> => {
    const pending = slots.isFull("calls", user, { max, now: now() });
    return (await pending.catch((error: unknown) => onError("slot", error))) ?? false;
  };
  const [isUserFull, isRegionFull] = await Promise.all([
    slotOwner(caller, deps).then((user) => isFull(user, perUser)),
    inRegion !== undefined && isFull(allUsers, inRegion),
  ]);
  if (isUserFull) throw tooMany("calls", limits);
  if (isRegionFull && inRegion !== undefined) throw tooManyInRegion("calls", inRegion);
};

interface CallDeps extends SlotDeps {
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Runs a call to a device for at most `lifeMs`. If the device has not replied after
 * `callSlotAfterMs`, the call needs a slot of the user. If there is none, `signal` is aborted, and
 * this fails with `device_timeout`, because the device may still execute the call.
 */
export const withCallSlot = async <Done>(
  caller: SlotOwner,
  { lifeMs, deps }: { lifeMs: number; deps: CallDeps },
  work: (signal: AbortSignal) => Promise<Done>,
): Promise<Done> => {
  const abandoned = new AbortController();
  const answered = new AbortController();
  const acquireWhenSlow = async (): Promise<() => Promise<void>> => {
    await deps.wait(callSlotAfterMs, answered.signal);
    return acquireSlot("calls", caller, lifeMs, deps);
  };
  const pendingSlot = acquireWhenSlow();
  const refused = pendingSlot.then(
    () => new Promise<never>(() => {}),
    (error: unknown) => {
      if (!(error instanceof Failure)) return new Promise<never>(() => {});
      abandoned.abort();
      throw abandonedCall(error);
    },
  );
  try {
    return await Promise.race([work(abandoned.signal), refused]);
  } finally {
    answered.abort();
    const release = await pendingSlot.catch(() => undefined);
    await release?.();
  }
};

const abandonedCall = (cause: Failure): Failure =>
  new Failure(`Timed out. This call was sent, but its reply is not awaited: ${cause.message}`, {
    code: "device_timeout",
    cause,
  });

const tooMany = (kind: SlotKind, limits: SlotLimits): Failure =>
  new Failure(
    `the limit is ${limits[kind].perUser} concurrent ${slotNames[kind]} per user and region: try again when one has ended`,
    { code: "too_many_requests", retryAfterSeconds: slotRetrySeconds[kind] },
  );

const tooManyInRegion = (kind: SlotKind, max: number): Failure =>
  new Failure(
    `this deployment has ${max} concurrent ${slotNames[kind]} in each region for all users: try again when one has ended`,
    { code: "too_many_requests", retryAfterSeconds: slotRetrySeconds[kind] },
  );

/** The fields of a caller that determine whose slots are used. */
export type SlotOwner = Pick<Caller, "username" | "product"> & {
  readonly token: Pick<Caller["token"], "product">;
};

/**
 * An API user uses the slots of the product's owner, because an owner can create any number of API
 * users.
 */
export const slotOwner = async (
  { username, token, product }: SlotOwner,
  { accounts }: Pick<SlotDeps, "accounts">,
): Promise<string> => {
  if (token.product === undefined) return username;
  if (product !== undefined) return product.owner;
  const found = await accounts.findProduct(token.product).catch(() => undefined);
  return found?.owner ?? username;
};

const slotNames: Readonly<Record<SlotKind, string>> = {
  calls: "calls that wait for a device",
  tests: "tests and previews of integrations",
  reads: "lists and series that read a whole fleet",
};
