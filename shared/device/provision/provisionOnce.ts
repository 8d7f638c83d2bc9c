import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { Failure } from "../../platform/failure.ts";
import { newDeviceId } from "../device.ts";
import {
  type AddDeviceDeps,
  addDevice,
  type deviceInput,
  type ProvisionedDevice,
  type Whose,
} from "./addDevice.ts";
import { findEndpoints } from "./endpoints.ts";
import { idempotencyKeyCharsMax, provisionKeyMs, provisionSettleMs } from "./limits.ts";

/** Identifies a request, so that a repeated one creates no second device. */
export const idempotencyKey = z
  .string()
  .check(
    z.maxLength(idempotencyKeyCharsMax),
    z.regex(/^[\x21-\x7e]+$/, "must be 1 to 255 visible ASCII characters, for example a UUID"),
  );

interface Deps extends AddDeviceDeps {
  readonly provisionKeys: ProvisionKeys;
}

/**
 * `isRepeat`: an earlier request with the same key provisioned it. Its private key is not
 * available.
 */
export interface ProvisionedOnce extends ProvisionedDevice {
  readonly isRepeat: boolean;
}

/**
 * Provisions a device as `addDevice` does, once for each key and fleet within `provisionKeyMs`: a
 * repeated request returns the same device. Fails with `invalid_request` if the key was used for
 * another request, and with `conflict` while the first request may still run. After a crash, a
 * repeated request continues with the same device. A failed request may be repeated at once.
 */
export const provisionOnce = async (
  input: z.output<typeof deviceInput>,
  whose: Whose,
  { key, ...deps }: Deps & { key: string | undefined },
): Promise<ProvisionedOnce> => {
  if (key === undefined) return { ...(await addDevice(input, whose, deps)), isRepeat: false };
  const { fleet } = whose;
  const digest = digestOf(input, whose);
  const found = await deps.provisionKeys.find(fleet, key);
  const known = found && deps.now() < found.since + provisionKeyMs ? found : undefined;
  if (known !== undefined) {
    if (known.digest !== digest) throw usedBefore();
    const made = await madeBefore(known, deps);
    if (made !== undefined) return made;
    if (deps.now() - known.since < provisionSettleMs) throw stillRuns();
  }
  const device = known?.device ?? newDeviceId();
  const own = { fleet, key, digest, device, since: deps.now() };
  if (!(await deps.provisionKeys.put(own, found))) throw stillRuns();
  try {
    return { ...(await addDevice(input, { ...whose, id: device }, deps)), isRepeat: false };
  } catch (error) {
    // A refused request may be repeated. After any other error it is unknown which parts of the
    // device exist.
    if (error instanceof Failure) await endRequest(own, error, deps);
    throw error;
  }
};

/**
 * After a refusal the key is free. After a failure that may pass, such as throttling, a repeat
 * continues at once with the same device, parts of which may exist in the registry.
 */
const endRequest = async (
  own: ProvisionKey,
  { retry }: Failure,
  { provisionKeys }: Pick<Deps, "provisionKeys">,
): Promise<void> => {
  if (!retry) await provisionKeys.remove(own);
  else await provisionKeys.put({ ...own, since: own.since - provisionSettleMs }, own);
};

const digestOf = ({ name, csr }: z.output<typeof deviceInput>, { product }: Whose): string =>
  createHash("sha256")
    .update(JSON.stringify([name ?? null, csr ?? null, product ?? null]))
    .digest("hex");

const madeBefore = async (
  { fleet, device: id }: ProvisionKey,
  deps: Deps,
): Promise<ProvisionedOnce | undefined> => {
  const device = await deps.devices.find(id);
  if (device === undefined) return undefined;
  const record = await deps.certificates.find(id);
  if (device.fleet !== fleet || record?.current === undefined) {
    throw new Failure(
      "The device of this Idempotency-Key is no longer here, or its certificate has ended. Use a new key.",
      {
        code: "invalid_request",
      },
    );
  }
  const endpoints = await findEndpoints(deps.registries, deps);
  const { pem: certificate, issuedAt, expiresAt } = record.current;
  return {
    ...device,
    certificate,
    ...(expiresAt !== undefined && { issuedAt, expiresAt }),
    endpoint: endpoints[0].mqtt,
    endpoints,
    isRepeat: true,
  };
};

const usedBefore = (): Failure =>
  new Failure(
    "This Idempotency-Key was used for another request. Send the same fields as then, or a new key.",
    { code: "invalid_request" },
  );

const stillRuns = (): Failure =>
  new Failure(
    "The first request with this Idempotency-Key may still be running. Repeat this one in a minute.",
    { code: "conflict" },
  );

/** The device that a request with an idempotency key provisions or has provisioned. */
export interface ProvisionKey {
  readonly fleet: string;
  readonly key: string;
  /** The hash of the request's fields. */
  readonly digest: string;
  readonly device: string;
  /** The start of the request, in milliseconds since 1970. */
  readonly since: number;
}

/** The idempotency keys of a fleet, each for `provisionKeyMs`. */
export interface ProvisionKeys {
  /** Finds a key, also an expired one. */
  find(fleet: string, key: string): Promise<ProvisionKey | undefined>;
  /** Writes a new key, or replaces `instead`. Returns `false` if another request was first. */
  put(key: ProvisionKey, instead?: ProvisionKey): Promise<boolean>;
  /** Removes a key, unless another request has written it since. */
  remove(key: ProvisionKey): Promise<void>;
}
