import { connectAsync, type MqttClient } from "mqtt";
import { type Device, eventName, type System } from "../system/system.ts";

/** Quota of IoT Core: publishes per second and connection. */
export const connectionRateMax = 100;

/** Devices of one system that publish in turn. */
export interface Publishers {
  readonly system: System;
  /** Adds and connects the devices that a rate requires. */
  readyFor(rate: number): Promise<void>;
  /** Publishes from the next device with QoS 1. */
  publish(payload: string, how?: PublishOptions): void;
  stop(): Promise<void>;
}

interface PublishOptions {
  /** Topic prefix, for basic ingest. */
  readonly prefix?: string;
  readonly event?: string;
  /** Called on the PUBACK, possibly after a reconnect. */
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
  // The client reconnects after an outage of the broker.
  client.on("error", () => {});
  return { topic: `events/${fleet}/${id}`, client };
};
