import type { LiveMessage } from "../../stream/ports.ts";

/*
 * The packets of a subscriber with QoS 0 in MQTT 3.1.1. The sections are those of
 * https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html
 */

/** The types of control packets that a broker sends to such a subscriber (section 2.2.1). */
export const packetTypes = { connack: 2, publish: 3, suback: 9, pingresp: 13 } as const;

/** The broker does not do what MQTT, or its own documentation, says. */
export class BrokerError extends Error {
  override readonly name = "BrokerError";
}

/** A packet without its fixed header. */
export interface Packet {
  readonly type: number;
  /** The lower four bits of the first byte. */
  readonly flags: number;
  /** The variable header and the payload. */
  readonly body: Buffer;
}

/** A PINGREQ (section 3.12). */
export const pingRequest = Buffer.from([0xc0, 0]);

/** A DISCONNECT (section 3.14). */
export const disconnectPacket = Buffer.from([0xe0, 0]);

/** A CONNECT with a clean session, without a will and without a user name (section 3.1). */
export const connectPacket = (clientId: string, keepAliveSeconds: number): Buffer => {
  const protocolLevel = 4;
  const cleanSession = 2;
  const header = Buffer.from([protocolLevel, cleanSession, ...shortOf(keepAliveSeconds)]);
  return packetOf(0x10, [textOf("MQTT"), header, textOf(clientId)]);
};

/** A SUBSCRIBE of these topic filters with QoS 0 (section 3.8). */
export const subscribePacket = (packetId: number, filters: readonly string[]): Buffer => {
  const qos = Buffer.from([0]);
  const subscriptions = filters.flatMap((filter) => [textOf(filter), qos]);
  return packetOf(0x82, [Buffer.from(shortOf(packetId)), ...subscriptions]);
};

/** The message of a PUBLISH with QoS 0 (section 3.3). Throws a `BrokerError` for another packet. */
export const messageOf = ({ flags, body }: Packet): LiveMessage => {
  const qos = (flags >> 1) & 3;
  const topicEnd = body.length < 2 ? Number.NaN : 2 + body.readUInt16BE(0);
  if (qos !== 0 || !(topicEnd <= body.length)) {
    throw new BrokerError("the broker sent an invalid PUBLISH");
  }
  return { topic: body.toString("utf8", 2, topicEnd), payload: body.subarray(topicEnd) };
};

/** Splits the bytes of a connection into packets. */
export interface PacketReader {
  /**
   * Returns the packets that these bytes complete. Throws a `BrokerError` if they are not MQTT, or
   * if a packet is too large.
   */
  read(bytes: Buffer): Packet[];
}

/** Creates a reader of packets of at most `bytesMax` bytes without their fixed header. */
export const packetReader = (bytesMax: number): PacketReader => {
  let pending: Buffer = Buffer.alloc(0);
  return {
    read(bytes) {
      pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
      const packets: Packet[] = [];
      for (;;) {
        const header = fixedHeaderOf(pending);
        if (header === undefined) return packets;
        if (header.bytes > bytesMax) {
          throw new BrokerError(`the broker sent a packet of ${header.bytes} bytes`);
        }
        const end = header.end + header.bytes;
        if (end > pending.length) return packets;
        const { type, flags } = header;
        packets.push({ type, flags, body: pending.subarray(header.end, end) });
        pending = pending.subarray(end);
      }
    },
  };
};

/** The remaining length has at most this many bytes of 7 bits (section 2.2.3). */
const lengthBytesMax = 4;

/** The fixed header at the start of a buffer; `undefined` while it is incomplete. */
const fixedHeaderOf = (
  buffer: Buffer,
): { type: number; flags: number; bytes: number; end: number } | undefined => {
  let bytes = 0;
  for (let i = 0; i < lengthBytesMax; i += 1) {
    const next = buffer[i + 1];
    if (next === undefined) return undefined;
    bytes += (next & 0x7f) * 2 ** (7 * i);
    if (next < 0x80) {
      const first = buffer[0] ?? 0;
      return { type: first >> 4, flags: first & 0x0f, bytes, end: i + 2 };
    }
  }
  throw new BrokerError("the broker sent a packet without a valid length");
};

const packetOf = (first: number, parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([first, ...lengthOf(body.length)]), body]);
};

const lengthOf = (bytes: number): number[] =>
  bytes < 0x80 ? [bytes] : [(bytes & 0x7f) | 0x80, ...lengthOf(Math.floor(bytes / 0x80))];

/** A string with its length in two bytes (section 1.5.3). */
const textOf = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from(shortOf(bytes.length)), bytes]);
};

const shortOf = (value: number): [number, number] => [value >> 8, value & 0xff];
