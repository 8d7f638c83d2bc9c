import type { Delivery, DeliveryQueue } from "./delivery.ts";

interface Combined {
  readonly deliveries: Delivery[];
  now: number;
  readonly refused: Promise<ReadonlyMap<string, Error>>;
}

/**
 * A queue that takes the deliveries of several sends with few requests. The sends until `soon` runs
 * its function are combined. While a target fails, a worker puts back whole batches of deliveries:
 * each request costs as much for ten deliveries as for one.
 *
 * A send that refuses a delivery refuses all deliveries with its id, which are the same delivery.
 */
export const combineSends = (
  queue: DeliveryQueue,
  soon: (run: () => void) => void,
): DeliveryQueue => {
  let next: Combined | undefined;
  const begin = (now: number): Combined => {
    const { promise, resolve } = Promise.withResolvers<ReadonlyMap<string, Error>>();
    const begun: Combined = { deliveries: [], now, refused: promise };
    soon(() => {
      next = undefined;
      resolve(queue.send(begun.deliveries, begun.now));
    });
    return begun;
  };
  return {
    send(deliveries, now) {
      next ??= begin(now);
      next.deliveries.push(...deliveries);
      // The delays are relative to the last send: none is longer than requested.
      next.now = Math.max(next.now, now);
      return next.refused;
    },
  };
};
