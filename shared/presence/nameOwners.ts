import type { Accounts } from "../account/accounts.ts";
import type { DeviceState } from "./deviceState.ts";

/**
 * Devices with their owners under the names that these have now: a device keeps the name that its owner had when they claimed it. Of
 * `username` it is known that it is one of those.
 */
export const nameOwners = async (
  states: readonly DeviceState[],
  { accounts, username }: { accounts: Pick<Accounts, "findOwner">; username: string },
): Promise<DeviceState[]> => {
  const former = new Set(states.flatMap(({ device: { owner } }) => owner ?? []));
  former.delete(username);
  const names = new Map(
    await Promise.all(
      [...former].map(async (name) => [name, (await accounts.findOwner(name))?.username] as const),
    ),
  );
  return states.map((state) => {
    const { owner } = state.device;
    const now = owner === undefined ? undefined : names.get(owner);
    return now === undefined ? state : { ...state, device: { ...state.device, owner: now } };
  });
};
