import type { Accounts } from "../account/accounts.ts";
import type { Product } from "../account/product.ts";
import { resolveOwner } from "../device/belongsTo.ts";
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
    accounts: Pick<Accounts, "findOwner">;
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
const cachedOwners = (accounts: Pick<Accounts, "findOwner">): Pick<Accounts, "findOwner"> => {
  const asked = new Map<string, ReturnType<Accounts["findOwner"]>>();
  return {
    findOwner(name) {
      const found = asked.get(name) ?? accounts.findOwner(name);
      asked.set(name, found);
      return found;
    },
  };
};
