import type { Presence } from "../device/deviceLink.ts";
import { presenceSettleMs } from "./limits.ts";
import type { Session } from "./session.ts";
import { keptHello, type Tracked } from "./trackPresence.ts";

interface Asked {
  readonly device: string;
  readonly region: string;
  /** When the broker was asked: after `before` was read. */
  readonly askedAt: number;
}

/**
 * What is known after the broker itself was asked about a device. `undefined` when it says nothing new.
 *
 * Its answer is newer than all that was written before it was asked. It has no name for the connection, so the row has
 * none until a presence event brings it; an older event than the answer changes nothing any more.
 */
export const trackBroker = (
  before: Session | undefined,
  { connected, since }: Presence,
  { device, region, askedAt }: Asked,
): Tracked | undefined => {
  const own = { device, region, at: askedAt, askedAt, ...keptHello(before) };
  const address = before?.address === undefined ? {} : { address: before.address };
  if (connected) {
    if (before?.connected && !isLater(before, since)) return undefined;
    const handshakeAt = since ?? askedAt;
    const session = { ...own, ...address, connected, since: handshakeAt, handshakeAt };
    return { session, statuses: before?.connected ? ["offline", "online"] : ["online"] };
  }
  // Without a row a device is taken to be away, as it is.
  if (!before?.connected) return undefined;
  const gone = { ...before, ...own, connected, since: askedAt };
  return { session: gone, statuses: ["offline"] };
};

/** Whether the broker's connection began so much later than the one that is known that it is another one. */
const isLater = ({ handshakeAt, since: known }: Session, since: number | undefined): boolean =>
  since !== undefined && since > (handshakeAt ?? known) + presenceSettleMs;
