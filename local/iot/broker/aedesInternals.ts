import type { Client } from "aedes";

/**
 * Internals of aedes 1.2 that it does not expose. They are all in this file, so that an upgrade has
 * one place to check.
 */

const property = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;

/** Whether the client sent a DISCONNECT packet. */
export const sentDisconnect = (client: Client): boolean =>
  property(client, "_disconnected") === true;

const packetIdMax = 65_535;

/** Allocates the packet id that aedes would use for its next QoS 1 message to this client. */
export const allocatePacketId = (client: Client): number => {
  const id = property(client, "_nextId");
  if (typeof id !== "number") throw new Error("aedes no longer has _nextId");
  Reflect.set(client, "_nextId", id >= packetIdMax ? 1 : id + 1);
  return id;
};

/** Bytes of an incomplete packet that the parser holds: it has no limit of its own. */
export const bufferedBytes = (client: Client): number => {
  const bytes = property(property(property(client, "_parser"), "_list"), "length");
  return typeof bytes === "number" ? bytes : 0;
};
