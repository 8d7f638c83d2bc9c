import type { Delivery, DeliveryQueue } from "#shared/delivery/delivery.ts";

export interface MemoryDeliveries extends DeliveryQueue {
  /** All queued deliveries, in order. */
  readonly queued: Delivery[];
}

/** The queue of deliveries in memory. Rejects those that `refuses` selects. */
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
