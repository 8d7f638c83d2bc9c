import type { Client } from "aedes";

/**
 * What of aedes 1.2 we need and it does not offer. It is all here, so that an upgrade has one place to
 * look at.
 */

const property = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;

/** Whether the client said good-bye with a DISCONNECT packet. */
export const sentDisconnect = (client: Client): boolean =>
  property(client, "_disconnected") === true;

const packetIdMax = 65_535;

/** Takes the packet id that aedes would give its next QoS 1 message to this client. */
export const allocatePacketId = (client: Client): number => {
  const id = property(client, "_nextId");
  if (typeof id !== "number") throw new Error("aedes keeps its next packet id elsewhere now");
  Reflect.set(client, "_nextId", id >= packetIdMax ? 1 : id + 1);
  return id;
};

/** How much of a packet that is not yet whole its parser holds: it has no bound of its own. */
export const bufferedBytes = (client: Client): number => {
  const bytes = property(property(property(client, "_parser"), "_list"), "length");
  return typeof bytes === "number" ? bytes : 0;
};
