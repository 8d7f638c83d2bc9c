import type { Accounts } from "../../account/accounts.ts";
import type { Product } from "../../account/product/product.ts";
import { Failure } from "../../platform/failure.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import { deviceIdPattern } from "../../platform/topic.ts";
import { type Device, unclaimedFleet } from "../device.ts";
import { resolveOwner } from "../resolveOwner.ts";
import { notClaimable } from "./claimDevice.ts";
import { devicesMovedAtOnceMax } from "./limits.ts";
import { type MoveWithNameDeps, moveWithName } from "./moveNamed.ts";

/** What became of devices that were to be put into a product, by their ids. */
export interface AddedDevices {
  readonly added: readonly string[];
  /** They are in the product already. */
  readonly existing: readonly string[];
  /** There is no such device, or it is somebody else's: nobody learns which. */
  readonly refused: readonly string[];
  /** These are no ids. */
  readonly invalid: readonly string[];
}

type Outcome = keyof AddedDevices | "conflict";

interface Whose {
  readonly product: Product;
  readonly from: string;
  /** Whether it is proved that the product may have a device that belongs to nobody. */
  readonly canClaim: (id: string) => Promise<boolean>;
}

/**
 * Puts devices into a product: those of the fleet `from`, and those that belong to nobody. Fails with `conflict`, after all
 * others were moved, when another request moved one of them at the same time; the same request may be repeated.
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

/** Puts one device into a product. Fails as claiming does: with `device_not_claimable`, and with `conflict`. */
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
    const after = { ...device, fleet: product.fleet, product: product.id, joinedAt };
    await toFleet(after, device, deps);
    return "added";
  } catch (error) {
    if (error instanceof Failure && error.code === "conflict") return "conflict";
    throw error;
  }
};

/** Takes a device out of its product: back to the user to whom it belongs, or to nobody. */
export const removeFromProduct = async (
  device: Device,
  {
    accounts,
    ...deps
  }: MoveWithNameDeps & { accounts: Pick<Accounts, "findUserByAnyName" | "findProduct"> },
): Promise<void> => {
  const { product: id, joinedAt: _, ...rest } = device;
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
