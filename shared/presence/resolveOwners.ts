import type { Accounts } from "../account/accounts.ts";
import type { Product } from "../account/product/product.ts";
import { resolveOwner } from "../device/resolveOwner.ts";
import type { DeviceState } from "./deviceState.ts";

/**
 * Devices with their owners under the names that these have now: a device keeps the name that its owner had when they claimed it. Of
 * `username` it is known that it is one of those. `product` is the product that the devices are in.
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

/** Looks each name up once. */
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
