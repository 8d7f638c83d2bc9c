import type { DeviceNames, NameReservation } from "#shared/device/reserveName.ts";

/** Names in memory. */
export const memoryDeviceNames = (): DeviceNames & {
  readonly rows: Map<string, NameReservation>;
} => {
  const rows = new Map<string, NameReservation>();
  const key = ({ fleet, name }: Pick<NameReservation, "fleet" | "name">) =>
    `${fleet} ${name.toLowerCase()}`;
  return {
    rows,
    find: async (fleet, name) => rows.get(key({ fleet, name })),
    async put(reservation, instead) {
      if (rows.get(key(reservation))?.token !== instead?.token) return false;
      rows.set(key(reservation), reservation);
      return true;
    },
    async remove(reservation) {
      if (rows.get(key(reservation))?.token === reservation.token) rows.delete(key(reservation));
    },
  };
};
