import type { DeviceNames, NameHold } from "#shared/device/deviceNames.ts";

/** Names in memory. */
export const memoryDeviceNames = (): DeviceNames & { readonly rows: Map<string, NameHold> } => {
  const rows = new Map<string, NameHold>();
  const key = ({ fleet, name }: Pick<NameHold, "fleet" | "name">) =>
    `${fleet} ${name.toLowerCase()}`;
  return {
    rows,
    find: async (fleet, name) => rows.get(key({ fleet, name })),
    async put(hold, instead) {
      if (rows.get(key(hold))?.token !== instead?.token) return false;
      rows.set(key(hold), hold);
      return true;
    },
    async remove(hold) {
      if (rows.get(key(hold))?.token === hold.token) rows.delete(key(hold));
    },
  };
};
