import type { DeviceOrder, DeviceOrders } from "#shared/presence/list/deviceOrders.ts";

/** Orders of lists of devices in memory. */
export const memoryDeviceOrders = (now: () => number): DeviceOrders => {
  const orders = new Map<string, DeviceOrder>();
  return {
    put: async (order) => void orders.set(`${order.fleet} ${order.id}`, order),
    async find(fleet, id) {
      const found = orders.get(`${fleet} ${id}`);
      return found !== undefined && found.expiresAt > now() ? found.devices : undefined;
    },
  };
};
