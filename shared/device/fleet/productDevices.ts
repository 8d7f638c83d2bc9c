import type { Accounts } from "../../account/accounts.ts";
import type { Product } from "../../account/product/product.ts";
import { Failure } from "../../platform/failure.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { deviceIdPattern } from "../../platform/topic.ts";
import { type Device, unclaimedFleet, withoutProductSettings } from "../device.ts";
import { resolveOwner } from "../resolveOwner.ts";
import { notClaimable } from "./claimDevice.ts";
import { devicesMovedAtOnceMax } from "./limits.ts";
import { type MoveWithNameDeps, moveWithName } from "./moveWithName.ts";

/** The outcome of adding devices to a product, by ids. */
export interface AddedDevices {
  readonly added: readonly string[];
  /** They are in the product already. */
  readonly existing: readonly string[];
  /** An unknown device, or one of another owner: the response does not distinguish them. */
  readonly refused: readonly string[];
  /** Malformed ids. */
  readonly invalid: readonly string[];
}

type Outcome = keyof AddedDevices | "conflict";

interface Whose {
  readonly product: Product;
  readonly from: string;
  /** Whether the product has proof for the claim of an unclaimed device. */
  readonly canClaim: (id: string) => Promise<boolean>;
}

/**
 * Adds devices to a product: devices of the fleet `from`, and unclaimed devices. Fails with
 * `conflict`, after all others were moved, if another request moved one of them concurrently. The
 * request may be repeated.
 */
export const addToProduct = async (
  ids: readonly string[],
  { product, from, canClaim }: Whose,
  deps: MoveWithNameDeps,
): Promise<AddedDevices> => {
  const unique = [...new Set(ids.map((id) => id.trim().toLowerCase()))];
  const outcomes = new Map<string, Outcome>();
  await mapConcurrently(unique, devicesMovedAtOnceMax, async (id) => {
    outcomes.set(id, await addOne(id, { product, from, canClaim }, deps));
  });
  const those = (outcome: Outcome) => unique.filter((id) => outcomes.get(id) === outcome);
  const conflicts = those("conflict");
  if (conflicts.length > 0) {
    const what = `Another request moved ${conflicts.join(", ")} at the same time.`;
    throw new Failure(`${what} Repeat this request.`, { code: "conflict" });
  }
  return {
    added: those("added"),
    existing: those("existing"),
    refused: those("refused"),
    invalid: those("invalid"),
  };
};

/** Adds one device to a product. Fails with `device_not_claimable` and `conflict`. */
export const claimForProduct = async (
  id: string,
  whose: Whose,
  deps: MoveWithNameDeps,
): Promise<{ id: string }> => {
  const { added, existing } = await addToProduct([id], whose, deps);
  if (added.length + existing.length === 0) throw notClaimable();
  return { id };
};

const addOne = async (
  id: string,
  { product, from, canClaim }: Whose,
  deps: MoveWithNameDeps,
): Promise<Outcome> => {
  if (!deviceIdPattern.test(id)) return "invalid";
  const device = await deps.devices.find(id);
  if (device?.fleet === product.fleet) return "existing";
  const isUnclaimed = device?.fleet === unclaimedFleet(id);
  if (device === undefined || !(isUnclaimed || device.fleet === from)) return "refused";
  if (isUnclaimed && !(await canClaim(id))) return "refused";
  try {
    const joinedAt = new Date(deps.now()).toISOString();
    const own = withoutProductSettings(device);
    const after = { ...own, fleet: product.fleet, product: product.id, joinedAt };
    await toFleet(after, device, deps);
    return "added";
  } catch (error) {
    if (error instanceof Failure && error.code === "conflict") return "conflict";
    throw error;
  }
};

/**
 * Removes a device from its product: it returns to the fleet of its owner, or becomes unclaimed. It
 * leaves its groups, and is no development device and not locked any more.
 */
export const removeFromProduct = async (
  device: Device,
  {
    accounts,
    ...deps
  }: MoveWithNameDeps & { accounts: Pick<Accounts, "findUserByAnyName" | "findProduct"> },
): Promise<void> => {
  const { product: id, joinedAt: _, ...rest } = withoutProductSettings(device);
  const product = id === undefined ? undefined : await accounts.findProduct(id, { removed: true });
  const owner = await resolveOwner(device, product, { accounts });
  const user = owner === undefined ? undefined : await accounts.findUserByAnyName(owner);
  const fleet = user?.fleet ?? unclaimedFleet(device.id);
  await toFleet({ ...rest, fleet, ...(owner !== undefined && { owner }) }, device, deps);
};

const toFleet = async (after: Device, before: Device, deps: MoveWithNameDeps): Promise<void> => {
  const updatedAt = new Date(deps.now()).toISOString();
  await moveWithName(before, { ...after, updatedAt }, deps);
};
