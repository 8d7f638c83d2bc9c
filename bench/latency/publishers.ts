import { connectAsync, type MqttClient } from "mqtt";
import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import { stopLater } from "../system/cleanup.ts";
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
  readonly prefix?: string | undefined;
  readonly event?: string;
  /** Called on the PUBACK, possibly after a reconnect. */
  readonly onAcknowledged?: () => void;
}

interface Publisher {
  readonly topic: string;
  readonly client: MqttClient;
}

/** Devices that are added and connected concurrently. */
const connectingMax = 8;

/** Names of devices are unique in a fleet. */
let lastSet = 0;

/** Opens the publishers of a system: `devices`, or more if a rate requires more. */
export const openPublishers = (system: System, devices = 1): Publishers => {
  const all: Publisher[] = [];
  lastSet += 1;
  const prefix = `bench-${process.pid}-${lastSet}`;
  let inUse = 0;
  let next = 0;
  return {
    system,
    async readyFor(rate) {
      inUse = Math.max(devices, Math.ceil(rate / connectionRateMax));
      const missing = Array.from({ length: inUse - all.length }, (_, i) => all.length + i);
      const added = await mapConcurrently(missing, connectingMax, (number) =>
        connectPublisher(system, `${prefix}-${number}`),
      );
      all.push(...added);
    },
    publish(payload, { prefix: topicPrefix = "", event = eventName, onAcknowledged } = {}) {
      const publisher = all[next % inUse];
      next += 1;
      const topic = `${topicPrefix}${publisher?.topic}/${event}`;
      publisher?.client.publish(topic, payload, { qos: 1 }, (error) => {
        if (!error) onAcknowledged?.();
      });
    },
    stop: stopLater(async () => {
      await Promise.all(all.map(({ client }) => client.endAsync(true)));
    }),
  };
};

const connectPublisher = async (system: System, name: string): Promise<Publisher> => {
  const device = await system.addDevice(name);
  const client = await connectDevice(system, device);
  return { topic: `events/${device.fleet}/${device.id}`, client };
};

/**
 * Connects a device. The client reconnects after an outage of the broker. Without `ca`, the
 * certificate of the broker must be of an authority that Node.js trusts.
 */
export const connectDevice = async (
  system: Pick<System, "mqtt"> & { readonly ca?: string | undefined },
  { id, certificate, privateKey }: Device,
): Promise<MqttClient> => {
  const identity = { ca: system.ca, cert: certificate, key: privateKey };
  const client = await connectAsync(system.mqtt, { clientId: id, ...identity });
  client.on("error", () => {});
  return client;
};
