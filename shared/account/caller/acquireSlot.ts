import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import type { Caller } from "./authenticateCaller.ts";
import { callSlotAfterMs, slotMarginMs, slotRetrySeconds, slotsMax } from "./limits.ts";

/** The kinds of concurrency slots of a user in a region. */
export type SlotKind = "calls" | "streams" | "tests";

/** A slot that a user occupies until `until`, in milliseconds since 1970. */
export interface Slot {
  readonly kind: SlotKind;
  readonly user: string;
  readonly number: number;
  readonly until: number;
}

/** The concurrency slots of users in this region: `slotsMax` of each kind per user. */
export interface ConcurrencySlots {
  /** Returns `undefined` if the user has no free slot. */
  acquire(
    kind: SlotKind,
    user: string,
    times: { now: number; until: number },
  ): Promise<Slot | undefined>;
  /** Whether the user has no free slot, by an eventually consistent read. */
  isFull(kind: SlotKind, user: string, now: number): Promise<boolean>;
  /** Releases a slot. Does nothing if it has expired and another request occupies it. */
  release(slot: Slot): Promise<void>;
}

export interface SlotDeps {
  readonly slots: ConcurrencySlots;
  readonly accounts: Pick<Accounts, "findProduct">;
  readonly now: () => number;
  readonly onError: (what: "slot", error: unknown) => void;
}

/**
 * Acquires a slot of a user for at most `lifeMs` and returns the function that releases it. Fails
 * with `too_many_requests`. The slot of a crashed worker becomes free after `lifeMs`. While the
 * table of slots does not respond, no slot is needed.
 */
export const acquireSlot = async (
  kind: SlotKind,
  caller: SlotOwner,
  lifeMs: number,
  deps: SlotDeps,
): Promise<() => Promise<void>> => {
  const { slots, now, onError } = deps;
  const warn = (error: unknown): void => onError("slot", error);
  const user = await slotOwner(caller, deps);
  const startedAt = now();
  const pending = slots.acquire(kind, user, {
    now: startedAt,
    until: startedAt + lifeMs + slotMarginMs,
  });
  const slot = await pending.catch((error: unknown) => {
    warn(error);
    return "unknown" as const;
  });
  if (slot === "unknown") return async () => {};
  if (slot === undefined) throw tooMany(kind);
  return () => slots.release(slot).catch(warn);
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
 * Fails with `too_many_requests` when all call slots of the user are occupied: then no further call
 * is sent.
 */
export const requireCallSlot = async (caller: SlotOwner, deps: SlotDeps): Promise<void> => {
  const { slots, now, onError } = deps;
  const pending = slots.isFull("calls", await slotOwner(caller, deps), now());
  const isFull = await pending.catch((error: unknown) => onError("slot", error));
  if (isFull) throw tooMany("calls");
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
  new Failure(
    `Timed out. ${slotsMax.calls} calls of this user are waiting for devices. This call was sent, but its reply is not awaited.`,
    { code: "device_timeout", cause },
  );

const tooMany = (kind: SlotKind): Failure =>
  new Failure(
    `the limit is ${slotsMax[kind]} concurrent ${slotNames[kind]} per user and region: try again when one has ended`,
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
  calls: "calls that wait for a device",
  streams: "event streams",
  tests: "tests and previews of integrations",
};
