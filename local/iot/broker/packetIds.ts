import { randomInt } from "node:crypto";

/** Packet ids of the QoS 1 messages that are sent to clients: of each client its own sequence. */
export interface PacketIds {
  /** The next id of a client, from 1 to 65,535. */
  next(client: object): number;
}

const packetIdMax = 65_535;

/**
 * The broker gives the ids of all messages, those that aedes sends included: `authorizeForward` and
 * the store of sessions set them, because a direct message must not have the id of another message
 * that waits for its PUBACK. aedes uses an id that a message has.
 */
export const createPacketIds = (): PacketIds => {
  const last = new WeakMap<object, number>();
  return {
    next(client) {
      // A random start: messages of an earlier connection may still wait for their PUBACK.
      const id = ((last.get(client) ?? randomInt(packetIdMax)) % packetIdMax) + 1;
      last.set(client, id);
      return id;
    },
  };
};
