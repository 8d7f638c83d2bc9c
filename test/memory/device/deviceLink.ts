import type { DeviceLink, Presence } from "#shared/device/deviceLink.ts";
import { Failure } from "#shared/platform/failure.ts";
import { parseJson } from "#shared/platform/parseJson.ts";

/** A message that was sent to one device. */
export interface SentMessage {
  readonly device: string;
  readonly topic: string;
  /** The value of JSON, or bytes that are no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever was sent.
  readonly message: any;
}

export interface MemoryLink extends DeviceLink {
  /** The devices that are connected now. */
  readonly connected: Map<string, Presence>;
  /** Connected devices that confirm nothing. */
  readonly silent: Set<string>;
  /** Connected devices whose policy does not let them receive messages. */
  readonly deaf: Set<string>;
  /** Connected devices that receive too many messages. */
  readonly throttled: Set<string>;
  readonly sent: SentMessage[];
  /** Devices whose connection was closed. */
  readonly disconnected: string[];
  /** Handles a message for a device, which may answer with it. */
  onMessage: (message: SentMessage, answer: (reply: object | string) => void) => void;
}

/** The link to the devices of one region, in memory. */
export const memoryLink = (region = "us-east-1"): MemoryLink => {
  const replies = new Map<string, string>();
  const ended = new Map<string, Presence>();
  const link: MemoryLink = {
    region,
    connected: new Map(),
    silent: new Set(),
    deaf: new Set(),
    throttled: new Set(),
    sent: [],
    disconnected: [],
    onMessage: () => {},
    async send(device, topic, payload, qos = 1) {
      if (!link.connected.has(device)) return "offline";
      const mayReceive = topic.endsWith(`/${device}`) && !link.deaf.has(device);
      if (!mayReceive) return "refused";
      if (link.throttled.has(device)) throw new Failure("too many", { code: "too_many_requests" });
      const bytes = Buffer.from(payload);
      const message = parseJson(bytes.toString()) ?? bytes;
      const sent: SentMessage = { device, topic, message };
      link.sent.push(sent);
      link.onMessage(sent, (reply) => {
        const text = typeof reply === "string" ? reply : JSON.stringify(reply);
        replies.set(`${device} ${sent.message.id}`, text);
      });
      return qos === 0 || link.silent.has(device) ? "unconfirmed" : "confirmed";
    },
    presence: async (device) =>
      link.connected.get(device) ?? ended.get(device) ?? { connected: false },
    reply: async (device, call) => replies.get(`${device} ${call}`),
    async disconnect(device) {
      if (!link.connected.delete(device)) return;
      link.disconnected.push(device);
      ended.set(device, { connected: false, since: Date.now() });
    },
  };
  return link;
};
