import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { generate, type Packet, parser } from "mqtt-packet";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocketServer } from "ws";
import { subscribeOverWebSocket } from "#shared/aws/event/subscribeOverWebSocket.ts";
import { liveKeepAliveSeconds } from "#shared/stream/limits.ts";

type Sent = (packet: Packet | Buffer | string) => void;

const publish = (topic: string, payload = "x"): Packet => ({
  ...{ cmd: "publish", topic, payload, qos: 0, dup: false, retain: false },
});
const accept: Packet = { cmd: "connack", returnCode: 0, sessionPresent: false };
const grant = (...granted: number[]): Packet => ({ cmd: "suback", messageId: 1, granted });

/** A broker that calls a function for each packet, with what it received so far. */
const brokerWith = async (respond: (packet: Packet, send: Sent) => void) => {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  const received: string[] = [];
  const gone = Promise.withResolvers<void>();
  server.on("connection", (socket) => {
    const send: Sent = (packet) =>
      typeof packet === "string" || Buffer.isBuffer(packet)
        ? socket.send(packet)
        : socket.send(generate(packet, { protocolVersion: 4 }));
    const packets = parser({ protocolVersion: 4 });
    packets.on("packet", (packet) => {
      received.push(packet.cmd);
      respond(packet, send);
    });
    socket.on("message", (data: Buffer) => packets.parse(data));
    socket.on("close", gone.resolve);
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: new URL(`ws://127.0.0.1:${port}/mqtt`), received, gone: gone.promise };
};

/** One that accepts and grants, and then sends more. */
const healthy = (more: (send: Sent, packet: Packet) => void = () => {}) =>
  brokerWith((packet, send) => {
    if (packet.cmd === "connect") send(accept);
    else if (packet.cmd === "subscribe") send(grant(...packet.subscriptions.map(() => 0)));
    if (packet.cmd !== "connect") more(send, packet);
  });

const callbacks = () => ({ message: vi.fn(), pong: vi.fn(), end: vi.fn() });

afterEach(() => void vi.useRealTimers());

describe("a subscription", () => {
  it.each<[string, (packet: Packet, send: Sent) => void, string]>([
    [
      "refuses the connection",
      (_, send) => send({ ...accept, returnCode: 5 } as Packet),
      "return code 5",
    ],
    [
      "does not grant the second filter",
      ({ cmd }, send) => send(cmd === "connect" ? accept : grant(0, 0x80)),
      "did not grant b",
    ],
    [
      "grants too few filters",
      ({ cmd }, send) => send(cmd === "connect" ? accept : grant(0)),
      "did not grant b",
    ],
    ["sends text", (_, send) => send("hello"), "sent text"],
    ["sends what is not MQTT", (_, send) => send(Buffer.alloc(9, 0xff)), "length"],
    [
      "sends a packet of a client",
      (_, send) => send({ cmd: "pingreq" }),
      "sent a packet of the type 12",
    ],
  ])("fails when the broker %s, and closes its connection", async (_, respond, message) => {
    const { url, gone } = await brokerWith(respond);
    const on = callbacks();
    await expect(subscribeOverWebSocket(url, ["a", "b"], on)).rejects.toThrow(message);
    await gone;
    expect(on.end).not.toHaveBeenCalled();
  });

  it("passes on messages in their order, also those that come before the grant", async () => {
    const { url } = await brokerWith((packet, send) => {
      if (packet.cmd === "connect") send(accept);
      if (packet.cmd !== "subscribe") return;
      send(publish("a/1"));
      send(grant(0));
      const [two, three] = [publish("a/2"), publish("a/3")].map((each) =>
        generate(each, { protocolVersion: 4 }),
      );
      const both = Buffer.concat([two!, three!]);
      send(both.subarray(0, 3));
      send(both.subarray(3));
    });
    const on = callbacks();
    const { close } = await subscribeOverWebSocket(url, ["a/#"], on);
    await vi.waitFor(() =>
      expect(on.message.mock.calls.map(([{ topic }]) => topic)).toEqual(["a/1", "a/2", "a/3"]),
    );
    await close();
  });

  it("names the time of each ping when its response comes, also if another one was sent since", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    let waiting = 0;
    const { url } = await healthy((send, { cmd }) => {
      if (cmd === "pingreq") waiting += 1;
      if (waiting === 2) for (; waiting > 0; waiting -= 1) send({ cmd: "pingresp" });
    });
    const on = callbacks();
    const { ping, close } = await subscribeOverWebSocket(url, ["a"], on);
    vi.setSystemTime(1_000);
    ping();
    vi.setSystemTime(2_000);
    ping();
    await vi.waitFor(() => expect(on.pong.mock.calls).toEqual([[1_000], [2_000]]));
    await close();
  });

  it("ends when the broker no longer responds to pings, and stays open while it does", async () => {
    vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
    let responds = true;
    const { url, received } = await healthy((send, { cmd }) => {
      if (cmd === "pingreq" && responds) send({ cmd: "pingresp" });
    });
    const on = callbacks();
    await subscribeOverWebSocket(url, ["a"], on);
    const pings = () => received.filter((cmd) => cmd === "pingreq").length;
    for (let interval = 1; interval <= 3; interval += 1) {
      vi.advanceTimersByTime(liveKeepAliveSeconds * 1_000);
      await vi.waitFor(() =>
        expect([pings(), on.pong.mock.calls.length]).toEqual([interval, interval]),
      );
    }
    responds = false;
    vi.advanceTimersByTime(liveKeepAliveSeconds * 1_000);
    await vi.waitFor(() => expect(pings()).toBe(4));
    expect(on.end).not.toHaveBeenCalled();
    vi.advanceTimersByTime(liveKeepAliveSeconds * 1_000);
    expect(on.end.mock.calls).toMatchObject([[{ message: expect.stringContaining("ping") }]]);
  });

  it("ends with the first ping after the broker has not responded for an interval", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { url } = await healthy();
    const on = callbacks();
    const { ping } = await subscribeOverWebSocket(url, ["a"], on);
    ping();
    vi.advanceTimersByTime(liveKeepAliveSeconds * 1_000 - 1);
    ping();
    expect(on.end).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    ping();
    expect(on.end.mock.calls).toMatchObject([[{ message: expect.stringContaining("ping") }]]);
  });

  it("ends once, with the error, when the broker sends what is not MQTT, and passes on nothing after it", async () => {
    const { url, gone } = await healthy((send, { cmd }) => {
      if (cmd !== "subscribe") return;
      const bad = { ...publish("a/1"), qos: 1, messageId: 1 } as Packet;
      const both = [bad, publish("a/2")].map((each) => generate(each, { protocolVersion: 4 }));
      send(Buffer.concat(both));
    });
    const on = callbacks();
    const { close } = await subscribeOverWebSocket(url, ["a/#"], on);
    await gone;
    await close();
    expect(on.message).not.toHaveBeenCalled();
    expect(on.end.mock.calls).toMatchObject([[{ message: expect.stringContaining("PUBLISH") }]]);
  });

  it("passes on nothing after it was closed, also of the same frame", async () => {
    const { url, gone } = await healthy((send, { cmd }) => {
      if (cmd !== "pingreq") return;
      const both = ["a/1", "a/2"].map((topic) => generate(publish(topic), { protocolVersion: 4 }));
      send(Buffer.concat(both));
    });
    const message = vi.fn(() => void close());
    const { close, ping } = await subscribeOverWebSocket(url, ["a/#"], { ...callbacks(), message });
    ping();
    await gone;
    expect(message).toHaveBeenCalledOnce();
  });

  it("closes also when the broker has stopped reading", async () => {
    const server = createServer((socket) => {
      onTestFinished(() => void socket.destroy());
      socket.once("data", (request) => {
        const [, key] = /sec-websocket-key: (.*)\r/i.exec(request.toString()) ?? [];
        const accepted = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accepted.digest("base64")}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n`,
        );
        const frame = (packet: Packet) => {
          const bytes = generate(packet, { protocolVersion: 4 });
          return Buffer.concat([Buffer.from([0x82, bytes.length]), bytes]);
        };
        socket.write(Buffer.concat([frame(accept), frame(grant(0))]));
        socket.pause();
      });
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const url = new URL(`ws://127.0.0.1:${port}/mqtt`);
    const { ping, close } = await subscribeOverWebSocket(url, ["a"], callbacks());
    // More than the buffers of both kernels hold.
    for (let i = 0; i < 800_000; i += 1) ping();
    await close();
  });

  it("sends a DISCONNECT when it is closed, and reports no end", async () => {
    const { url, received, gone } = await healthy();
    const on = callbacks();
    const { close, ping } = await subscribeOverWebSocket(url, ["a"], on);
    await close();
    await close();
    ping();
    await gone;
    expect(received).toEqual(["connect", "subscribe", "disconnect"]);
    expect(on.end).not.toHaveBeenCalled();
  });
});
