import type { Connection } from "./connections.ts";

/** A message for one connected client, independent of its subscriptions. */
export interface DirectMessage {
  readonly topic: string;
  readonly payload: Buffer;
  /** Maximum wait for the client's PUBACK; without it the message has QoS 0. */
  readonly confirmMs?: number;
}

/**
 * Sends a message to one client. Resolves with `false` when a confirmation was requested and did
 * not arrive in time. The packet is written to the socket directly: aedes would store it in a
 * persistent session and take its QoS from a subscription to the same topic.
 */
export const sendDirect = async (
  connection: Connection,
  { topic, payload, confirmMs }: DirectMessage,
): Promise<boolean> => {
  const { client, pendingDirectMessages } = connection;
  if (confirmMs === undefined) {
    client.conn.write(publishPacket({ topic, payload }));
    return true;
  }
  const packetId = connection.nextPacketId();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), confirmMs);
  pendingDirectMessages.set(packetId, () => resolve(true));
  client.conn.write(publishPacket({ topic, payload, packetId }));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    pendingDirectMessages.delete(packetId);
  }
};

const publishType = 0x30;
const qos1 = 0x02;

/** A PUBLISH packet; of QoS 1 when it has a packet id (MQTT 3.1.1, section 3.3). */
const publishPacket = ({
  topic,
  payload,
  packetId,
}: {
  topic: string;
  payload: Buffer;
  packetId?: number;
}): Buffer => {
  const name = Buffer.from(topic);
  const id = packetId === undefined ? Buffer.alloc(0) : uint16(packetId);
  const rest = Buffer.concat([uint16(name.length), name, id, payload]);
  const type = packetId === undefined ? publishType : publishType | qos1;
  return Buffer.concat([Buffer.from([type, ...remainingLength(rest.length)]), rest]);
};

const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

// Seven bits per byte, lowest first; the eighth bit marks a continuation (section 2.2.3).
const remainingLength = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...remainingLength(value >> 7)];
