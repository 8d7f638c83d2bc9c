import * as z from "zod/mini";
import { Failure, type FailureCode } from "../../platform/failure.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { capacityReached, remainingCapacity } from "../fleetCapacity.ts";
import { deviceInput, type Whose } from "./addDevice.ts";
import { provisionBatchMax, provisionBatchMs, provisionedAtOnceMax } from "./limits.ts";
import { idempotencyKey, type ProvisionedOnce, provisionOnce } from "./provisionOnce.ts";

/** Several new devices of one fleet, each with its idempotency key. */
export const provisionBatchInput = z.array(z.extend(deviceInput, { key: idempotencyKey })).check(
  z.minLength(1),
  z.maxLength(provisionBatchMax),
  z.refine(
    (wanted) => new Set(wanted.map(({ key }) => key)).size === wanted.length,
    "each device needs a key of its own",
  ),
);

type Wanted = z.output<typeof provisionBatchInput>[number];

/** The outcome for one device: the device, or a failure. */
export type BatchResult =
  | { readonly key: string; readonly device: ProvisionedOnce }
  | {
      readonly key: string;
      /** `retry`: the same device with the same key may succeed later. */
      readonly failure: {
        readonly code: FailureCode;
        readonly message: string;
        readonly retry: boolean;
      };
    };

type Deps = Omit<Parameters<typeof provisionOnce>[2], "key">;

/**
 * Provisions several devices as `provisionOnce` does. The failure of one device does not affect the
 * others. Starts no further device after `provisionBatchMs`: the remaining ones fail with
 * `unavailable` and may be repeated.
 */
export const provisionBatch = async (
  wanted: readonly Wanted[],
  whose: Omit<Whose, "id" | "reserveCapacity">,
  deps: Deps,
): Promise<BatchResult[]> => {
  const endsAt = deps.now() + provisionBatchMs;
  const reserveCapacity = roomFor(whose.fleet, deps);
  return mapConcurrently(
    wanted,
    provisionedAtOnceMax,
    async ({ key, ...input }): Promise<BatchResult> => {
      try {
        if (deps.now() >= endsAt) throw outOfTime();
        return {
          key,
          device: await provisionOnce(input, { ...whose, reserveCapacity }, { ...deps, key }),
        };
      } catch (error) {
        return { key, failure: describeFailure(error, deps) };
      }
    },
  );
};

/** Counts the fleet once for the whole batch. */
const roomFor = (fleet: string, deps: Pick<Deps, "devices">): (() => Promise<void>) => {
  let counted: Promise<number> | undefined;
  let taken = 0;
  return async () => {
    counted ??= remainingCapacity(fleet, deps);
    if ((await counted) <= taken) throw capacityReached();
    taken += 1;
  };
};

const describeFailure = (error: unknown, { onError }: Pick<Deps, "onError">) => {
  if (error instanceof Failure) {
    return { code: error.code, message: error.message, retry: error.retry };
  }
  // The other devices of the batch exist, and the caller must receive them.
  onError("provisioning a device of a batch failed", error);
  const message = "The device could not be provisioned. Repeat the request in a minute.";
  return { code: "unavailable" as const, message, retry: true };
};

const outOfTime = (): Failure =>
  new Failure("The request had no time left for this device. Repeat it.", { code: "unavailable" });
