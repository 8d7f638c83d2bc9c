import type { Delivery, DeliveryQueue } from "#shared/delivery/delivery.ts";

export interface MemoryDeliveries extends DeliveryQueue {
  /** All that was queued, in the order it came. */
  readonly queued: Delivery[];
}

/** The queue of deliveries in memory. It does not take those that `refuses` says. */
export const memoryDeliveries = (
  refuses: (delivery: Delivery) => boolean = () => false,
): MemoryDeliveries => {
  const queued: Delivery[] = [];
  return {
    queued,
    async send(deliveries) {
      const refused = deliveries.filter(refuses);
      queued.push(...deliveries.filter((one) => !refused.includes(one)));
      return new Map(refused.map(({ id }) => [id, new Error("refused")]));
    },
  };
};
