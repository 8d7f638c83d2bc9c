import { matching } from "../integration/model/match.ts";
import type { Outlet } from "../integration/model/outlet.ts";
import { type Delivery, firstDelivery } from "./delivery.ts";

/**
 * A delivery that was made while its integration could not be read, now that it can be: as if it had been made now, for it
 * could not be tried before. `undefined` when the integration does not match its event. Whether it is disabled is no question here: that
 * makes a dead letter.
 */
export const matchedLate = (given: Delivery, to: Outlet, now: number): Delivery | undefined =>
  matching([{ ...to, disabled: false }], given.event).length === 0
    ? undefined
    : {
        ...given,
        ...firstDelivery(given.event, to, now),
        unmatched: undefined,
        heldSince: undefined,
        reason: undefined,
        status: undefined,
      };
