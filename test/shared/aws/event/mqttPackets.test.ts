import fc from "fast-check";
import { generate, parser } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import {
  BrokerError,
  connectPacket,
  disconnectPacket,
  messageOf,
  type Packet,
  packetReader,
  pingRequest,
  subscribePacket,
} from "#shared/aws/event/mqttPackets.ts";

// mqtt-packet is the reference.
const version = { protocolVersion: 4 } as const;
const decode = (bytes: Buffer): object[] => {
  const found: object[] = [];
  const reference = parser(version);
  reference.on("packet", (packet) => found.push(packet));
  reference.on("error", (error) => expect.unreachable(error.message));
  reference.parse(bytes);
  return found;
};

const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 200 });
const message = fc.record({
  topic: text,
  payload: fc.uint8Array({ maxLength: 40_000, size: "max" }),
});

const publish = (topic: string, payload: Uint8Array, qos: 0 | 1 | 2 = 0): Buffer =>
  generate(
    {
      ...{ cmd: "publish", topic, payload: Buffer.from(payload), qos, dup: false, retain: false },
      ...(qos > 0 && { messageId: 1 }),
    },
    version,
  );

/** Reads bytes in chunks of these sizes, and then the rest. */
const readIn = (bytes: Buffer, sizes: readonly number[], bytesMax = 1_000_000): Packet[] => {
  const reader = packetReader(bytesMax);
  const packets: Packet[] = [];
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    packets.push(...reader.read(bytes.subarray(at, at + size)));
    at += size;
  }
  return packets;
};

describe("the packets of a subscriber", () => {
  it("are MQTT for any client id, keep-alive interval and topic filters", () => {
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 0, max: 65_535 }),
        fc.array(text, { minLength: 1, maxLength: 20 }),
        (clientId, keepalive, filters) => {
          expect(decode(connectPacket(clientId, keepalive))).toMatchObject([
            { cmd: "connect", protocolId: "MQTT", ...version, clientId, keepalive, clean: true },
          ]);
          expect(decode(subscribePacket(7, filters))).toMatchObject([
            {
              ...{ cmd: "subscribe", messageId: 7 },
              subscriptions: filters.map((topic) => ({ topic, qos: 0 })),
            },
          ]);
        },
      ),
    );
    expect(decode(Buffer.concat([pingRequest, disconnectPacket]))).toMatchObject([
      { cmd: "pingreq" },
      { cmd: "disconnect" },
    ]);
  });
});

describe("messages of the broker", () => {
  it("are read, byte for byte and in their order, however they are split", () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 5 }),
        fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 100 }),
        (messages, sizes) => {
          const pong = generate({ cmd: "pingresp" }, version);
          const sent = messages.flatMap(({ topic, payload }) => [publish(topic, payload), pong]);
          const packets = readIn(Buffer.concat(sent), sizes);
          expect(packets.filter(({ type }) => type === 13)).toHaveLength(messages.length);
          const found = packets.filter(({ type }) => type === 3).map(messageOf);
          expect(found.map(({ topic, payload }) => [topic, Buffer.from(payload)])).toEqual(
            messages.map(({ topic, payload }) => [topic, Buffer.from(payload)]),
          );
        },
      ),
    );
  });

  it.each([0, 1, 127, 128, 16_383, 16_384, 200_000])(
    "are read with %i bytes after the topic, one byte at a time",
    (bytes) => {
      const payload = Buffer.alloc(bytes, "x");
      const sizes = Array.from({ length: 10 }, () => 1);
      expect(readIn(publish("t", payload), sizes).map(messageOf)).toEqual([
        { topic: "t", payload },
      ]);
    },
  );

  it("are refused when they are larger than the limit, before they are complete", () => {
    const sent = publish("t", Buffer.alloc(1_000));
    expect(readIn(sent, [], 1_003)).toHaveLength(1);
    expect(() => readIn(sent.subarray(0, 10), [], 1_002)).toThrow(BrokerError);
  });

  it.each([
    ["a length of five bytes", () => readIn(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 1]), [])],
    ["QoS 1", () => readIn(publish("t", Buffer.from("x"), 1), []).map(messageOf)],
    ["no topic", () => readIn(Buffer.from([0x30, 1, 0]), []).map(messageOf)],
    ["a topic without its end", () => readIn(Buffer.from([0x30, 3, 0, 9, 97]), []).map(messageOf)],
  ])("are refused with %s", (_, read) => {
    expect(read).toThrow(BrokerError);
  });

  it("never fail otherwise, whatever the bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readIn(Buffer.from(bytes), [])
            .filter(({ type }) => type === 3)
            .map(messageOf);
        } catch (error) {
          expect(error).toBeInstanceOf(BrokerError);
        }
      }),
    );
  });
});
