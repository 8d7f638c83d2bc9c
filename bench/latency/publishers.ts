import { connectAsync, type MqttClient } from "mqtt";
import { type Device, eventName, type System } from "../system/system.ts";

/** IoT Core takes no more publishes a second of one connection. */
export const connectionRateMax = 100;

/** Devices of one system that take turns to publish. */
export interface Publishers {
  readonly system: System;
  /** Makes and connects as many devices as a rate needs. */
  readyFor(rate: number): Promise<void>;
  /** Publishes as the next device, by QoS 1. */
  publish(payload: string, how?: PublishOptions): void;
  stop(): Promise<void>;
}

interface PublishOptions {
  /** What comes before the topic, for basic ingest. */
  readonly prefix?: string;
  readonly event?: string;
  /** Called once the broker has acknowledged it, be it after a new connection. */
  readonly onAcknowledged?: () => void;
}

interface Publisher {
  readonly topic: string;
  readonly client: MqttClient;
}

export const openPublishers = (system: System): Publishers => {
  const all: Publisher[] = [];
  let inUse = 0;
  let next = 0;
  return {
    system,
    async readyFor(rate) {
      inUse = Math.ceil(rate / connectionRateMax);
      while (all.length < inUse) {
        all.push(await connectPublisher(system, `bench-${process.pid}-${all.length}`));
      }
    },
    publish(payload, { prefix = "", event = eventName, onAcknowledged } = {}) {
      const publisher = all[next % inUse];
      next += 1;
      const topic = `${prefix}${publisher?.topic}/${event}`;
      publisher?.client.publish(topic, payload, { qos: 1 }, (error) => {
        if (!error) onAcknowledged?.();
      });
    },
    async stop() {
      await Promise.all(all.map(({ client }) => client.endAsync(true)));
    },
  };
};

const connectPublisher = async (system: System, name: string): Promise<Publisher> => {
  const { id, fleet, certificate, privateKey }: Device = await system.addDevice(name);
  const client = await connectAsync(system.mqtt, {
    clientId: id,
    ca: system.ca,
    cert: certificate,
    key: privateKey,
  });
  // A broker that is gone for a while is no reason to end: the client connects again.
  client.on("error", () => {});
  return { topic: `events/${fleet}/${id}`, client };
};
