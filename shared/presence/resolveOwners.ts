import type { Accounts } from "../account/accounts.ts";
import type { Product } from "../account/product/product.ts";
import { resolveOwner } from "../device/resolveOwner.ts";
import type { DeviceState } from "./deviceState.ts";

/**
 * Replaces the owners of devices by the current names of these users: a row keeps the name that the
 * owner had at the claim. `username` is a current name. `product` is the product of the devices.
 */
export const resolveOwners = async (
  states: readonly DeviceState[],
  {
    accounts,
    username,
    product,
  }: {
    accounts: Pick<Accounts, "findUserByAnyName">;
    username: string;
    product?: Pick<Product, "owner" | "formerOwners"> | undefined;
  },
): Promise<DeviceState[]> => {
  const remembered = { accounts: cachedOwners(accounts) };
  return Promise.all(
    states.map(async (state) => {
      const isKnown = state.device.owner === username && product?.formerOwners === undefined;
      const owner = isKnown ? username : await resolveOwner(state.device, product, remembered);
      return owner === undefined ? state : { ...state, device: { ...state.device, owner } };
    }),
  );
};

/** Reads each name once. */
const cachedOwners = (
  accounts: Pick<Accounts, "findUserByAnyName">,
): Pick<Accounts, "findUserByAnyName"> => {
  const asked = new Map<string, ReturnType<Accounts["findUserByAnyName"]>>();
  return {
    findUserByAnyName(name) {
      const found = asked.get(name) ?? accounts.findUserByAnyName(name);
      asked.set(name, found);
      return found;
    },
  };
};
