import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import type { Caller } from "./authenticateCaller.ts";
import { callSlotAfterMs, slotMarginMs, slotRetrySeconds, slotsMax } from "./limits.ts";

/** What a user may have only so many of at once in a region. */
export type SlotKind = "calls" | "streams" | "tests";

/** A place that a user has until a time, in milliseconds since 1970. */
export interface Slot {
  readonly kind: SlotKind;
  readonly user: string;
  readonly number: number;
  readonly until: number;
}

/** The places of users in this region: `slotsMax` of each kind. */
export interface ConcurrencySlots {
  /** Returns `undefined` when the user has no free place. */
  acquire(
    kind: SlotKind,
    user: string,
    times: { now: number; until: number },
  ): Promise<Slot | undefined>;
  /** Whether the user has no free place, as of a moment ago. */
  isFull(kind: SlotKind, user: string, now: number): Promise<boolean>;
  /** Frees a place. Does nothing when its time is over and another request has it. */
  release(slot: Slot): Promise<void>;
}

export interface SlotDeps {
  readonly slots: ConcurrencySlots;
  readonly accounts: Pick<Accounts, "findProduct">;
  readonly now: () => number;
  readonly onError: (what: "slot", error: unknown) => void;
}

/**
 * Takes one of a user's places for something that lasts `lifeMs` at most, and returns the function that frees it. Fails
 * with `too_many_requests`. A worker that dies keeps its place until `lifeMs` is over. While the table of places does not
 * answer, no place is needed.
 */
export const acquireSlot = async (
  kind: SlotKind,
  caller: SlotOwner,
  lifeMs: number,
  deps: SlotDeps,
): Promise<() => Promise<void>> => {
  const { slots, now, onError } = deps;
  const degraded = (error: unknown): void => onError("slot", error);
  const user = await slotOwner(caller, deps);
  const at = now();
  const request = slots.acquire(kind, user, { now: at, until: at + lifeMs + slotMarginMs });
  const slot = await request.catch((error: unknown) => {
    degraded(error);
    return "unknown" as const;
  });
  if (slot === "unknown") return async () => {};
  if (slot === undefined) throw tooMany(kind);
  return () => slots.release(slot).catch(degraded);
};

/** Runs `work` in one of a user's places of a kind, and frees it afterwards, whether `work` succeeds or fails. */
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

/** Fails with `too_many_requests` when all places of a user for calls are taken: one more must not be sent. */
export const requireCallSlot = async (caller: SlotOwner, deps: SlotDeps): Promise<void> => {
  const { slots, now, onError } = deps;
  const request = slots.isFull("calls", await slotOwner(caller, deps), now());
  const isFull = await request.catch((error: unknown) => onError("slot", error));
  if (isFull) throw tooMany("calls");
};

interface CallDeps extends SlotDeps {
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Runs a call to a device that takes `lifeMs` at most. When the device has not answered after `callSlotAfterMs`, the call
 * needs one of the user's places. When there is none, it is given up: `signal` is aborted, and this fails with
 * `device_timeout`, because the device may carry out what it was sent.
 */
export const withCallSlot = async <Done>(
  caller: SlotOwner,
  { lifeMs, deps }: { lifeMs: number; deps: CallDeps },
  work: (signal: AbortSignal) => Promise<Done>,
): Promise<Done> => {
  const givenUp = new AbortController();
  const answered = new AbortController();
  const slow = async (): Promise<() => Promise<void>> => {
    await deps.wait(callSlotAfterMs, answered.signal);
    return acquireSlot("calls", caller, lifeMs, deps);
  };
  const placed = slow();
  const refused = placed.then(
    () => new Promise<never>(() => {}),
    (error: unknown) => {
      if (!(error instanceof Failure)) return new Promise<never>(() => {});
      givenUp.abort();
      throw abandonedCall(error);
    },
  );
  try {
    return await Promise.race([work(givenUp.signal), refused]);
  } finally {
    answered.abort();
    const release = await placed.catch(() => undefined);
    await release?.();
  }
};

const abandonedCall = (cause: Failure): Failure =>
  new Failure(
    `Timed out. ${slotsMax.calls} calls of this user wait for their devices, so this one was sent and is not waited for.`,
    { code: "device_timeout", cause },
  );

const tooMany = (kind: SlotKind): Failure =>
  new Failure(
    `a user has at most ${slotsMax[kind]} ${slotNames[kind]} at once in a region: try again when one of them is over`,
    { code: "too_many_requests", retryAfterSeconds: slotRetrySeconds[kind] },
  );

/** The part of a caller that says whose places count. */
export type SlotOwner = Pick<Caller, "username" | "product"> & {
  readonly token: Pick<Caller["token"], "product">;
};

/** An API user has the places of its product's owner: an owner can make any number of API users. */
const slotOwner = async (
  { username, token, product }: SlotOwner,
  { accounts }: Pick<SlotDeps, "accounts">,
): Promise<string> => {
  if (token.product === undefined) return username;
  if (product !== undefined) return product.owner;
  const found = await accounts.findProduct(token.product).catch(() => undefined);
  return found?.owner ?? username;
};

const slotNames: Readonly<Record<SlotKind, string>> = {
  calls: "calls that wait for their devices",
  streams: "event streams",
  tests: "tests and previews of integrations",
};
