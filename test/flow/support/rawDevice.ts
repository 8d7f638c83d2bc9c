import type { IClientOptions, MqttClient } from "mqtt";
import { connectDevice } from "./client.ts";

/** A call or control message that a device received. */
export interface DeviceMessage {
  readonly topic: string;
  readonly id: string;
  readonly function?: string;
  readonly argument?: string;
  readonly variable?: string;
  readonly command?: string;
  readonly [other: string]: unknown;
}

/** A connected device and the messages that it has received. */
export interface RawDevice {
  readonly client: MqttClient;
  readonly asked: DeviceMessage[];
  hello(message: object): Promise<void>;
}

/** Connects a device without the device client. `answer` returns the reply to each call. */
export const connectRawDevice = async (
  place: Parameters<typeof connectDevice>[0],
  identity: Parameters<typeof connectDevice>[1],
  answer: (asked: DeviceMessage) => object | string | undefined,
  options: IClientOptions = {},
): Promise<RawDevice> => {
  const client = await connectDevice(place, identity, options);
  const asked: DeviceMessage[] = [];
  client.on("message", (topic, payload) => {
    const question = { topic, ...JSON.parse(payload.toString()) };
    asked.push(question);
    const message = topic.startsWith("calls/") ? answer(question) : undefined;
    if (message === undefined) return;
    const text =
      typeof message === "string" ? message : JSON.stringify({ id: question.id, ...message });
    client.publish(`$aws/rules/godwit_returns/returns/${identity.id}`, text, { qos: 1 });
  });
  return {
    client,
    asked,
    async hello(message) {
      await client.publishAsync(`hello/${identity.id}`, JSON.stringify(message), { qos: 1 });
    },
  };
};
