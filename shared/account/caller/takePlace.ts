import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import type { Caller } from "./knowCaller.ts";
import { callPlaceAfterMs, placeMarginMs, placeRetrySeconds, placesMax } from "./limits.ts";
import type { PlaceKind, Places } from "./places.ts";

export interface PlaceDeps {
  readonly places: Places;
  readonly accounts: Pick<Accounts, "findProduct">;
  readonly now: () => number;
  readonly onError: (what: "slot", error: unknown) => void;
}

/**
 * Takes one of a user's places for something that lasts `lifeMs` at most, and returns the function that frees it. Fails
 * with `too_many_requests`. A worker that dies keeps its place until `lifeMs` is over. While the table of places does not
 * answer, no place is needed.
 */
export const takePlace = async (
  kind: PlaceKind,
  caller: PlaceOwner,
  lifeMs: number,
  deps: PlaceDeps,
): Promise<() => Promise<void>> => {
  const { places, now, onError } = deps;
  const degraded = (error: unknown): void => onError("slot", error);
  const user = await placeOwner(caller, deps);
  const at = now();
  const asked = places.take(kind, user, { now: at, until: at + lifeMs + placeMarginMs });
  const place = await asked.catch((error: unknown) => {
    degraded(error);
    return "unknown" as const;
  });
  if (place === "unknown") return async () => {};
  if (place === undefined) throw tooMany(kind);
  return () => places.giveBack(place).catch(degraded);
};

/** Runs `work` in one of a user's places of a kind, and frees it afterwards, whether `work` succeeds or fails. */
export const inPlace = async <Done>(
  kind: PlaceKind,
  caller: PlaceOwner,
  { lifeMs, deps }: { lifeMs: number; deps: PlaceDeps },
  work: () => Promise<Done>,
): Promise<Done> => {
  const leave = await takePlace(kind, caller, lifeMs, deps);
  try {
    return await work();
  } finally {
    await leave();
  }
};

/** Fails with `too_many_requests` when all places of a user for calls are taken: one more must not be sent. */
export const admitCall = async (caller: PlaceOwner, deps: PlaceDeps): Promise<void> => {
  const { places, now, onError } = deps;
  const asked = places.isFull("calls", await placeOwner(caller, deps), now());
  const isFull = await asked.catch((error: unknown) => onError("slot", error));
  if (isFull) throw tooMany("calls");
};

interface CallDeps extends PlaceDeps {
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Runs a call to a device that takes `lifeMs` at most. When the device has not answered after `callPlaceAfterMs`, the call
 * needs one of the user's places. When there is none, it is given up: `signal` is aborted, and this fails with
 * `device_timeout`, because the device may carry out what it was sent.
 */
export const inCallPlace = async <Done>(
  caller: PlaceOwner,
  { lifeMs, deps }: { lifeMs: number; deps: CallDeps },
  work: (signal: AbortSignal) => Promise<Done>,
): Promise<Done> => {
  const givenUp = new AbortController();
  const answered = new AbortController();
  const slow = async (): Promise<() => Promise<void>> => {
    await deps.wait(callPlaceAfterMs, answered.signal);
    return takePlace("calls", caller, lifeMs, deps);
  };
  const placed = slow();
  const refused = placed.then(
    () => new Promise<never>(() => {}),
    (error: unknown) => {
      if (!(error instanceof Failure)) return new Promise<never>(() => {});
      givenUp.abort();
      throw notWaitedFor(error);
    },
  );
  try {
    return await Promise.race([work(givenUp.signal), refused]);
  } finally {
    answered.abort();
    const leave = await placed.catch(() => undefined);
    await leave?.();
  }
};

const notWaitedFor = (cause: Failure): Failure =>
  new Failure(
    `Timed out. ${placesMax.calls} calls of this user wait for their devices, so this one was sent and is not waited for.`,
    { code: "device_timeout", cause },
  );

const tooMany = (kind: PlaceKind): Failure =>
  new Failure(
    `a user has at most ${placesMax[kind]} ${says[kind]} at once in a region: try again when one of them is over`,
    { code: "too_many_requests", retryAfterSeconds: placeRetrySeconds[kind] },
  );

/** The part of a caller that says whose places count. */
export type PlaceOwner = Pick<Caller, "username" | "product"> & {
  readonly token: Pick<Caller["token"], "product">;
};

/** An API user has the places of its product's owner: an owner can make any number of API users. */
const placeOwner = async (
  { username, token, product }: PlaceOwner,
  { accounts }: Pick<PlaceDeps, "accounts">,
): Promise<string> => {
  if (token.product === undefined) return username;
  if (product !== undefined) return product.owner;
  const found = await accounts.findProduct(token.product).catch(() => undefined);
  return found?.owner ?? username;
};

const says: Readonly<Record<PlaceKind, string>> = {
  calls: "calls that wait for their devices",
  streams: "event streams",
  tests: "tests and previews of integrations",
};
