import mqtt from "mqtt";
import { describe, expect, it } from "vitest";
import { deviceLinks } from "#shared/aws/device/deviceLinks.ts";
import { iotRegistries } from "#shared/aws/device/registry.ts";
import { iotLiveEvents } from "#shared/aws/event/liveEvents.ts";
import { iotBroker } from "#shared/aws/platform/broker.ts";
import { deviceLinkContract } from "../../test/contracts/device/deviceLink.ts";
import { registryContract } from "../../test/contracts/device/registry.ts";
import { brokerContract } from "../../test/contracts/platform/broker.ts";

/** The stacks are deployed: their policy and their rule for replies exist. */
const region = "us-east-1";
const regions = { region, regions: [region] };
const [registry] = iotRegistries(regions, "godwit_device");
const broker = process.env.EMULATOR_MQTT_URL;

registryContract(async () => registry);

describe("the data plane", () => {
  brokerContract(async () => ({ broker: iotBroker(), liveEvents: iotLiveEvents() }));

  deviceLinkContract(async () => {
    const [link] = deviceLinks(regions, "godwit-replies");
    if (link === undefined) throw new Error("there is no connection to devices");
    return { link, connect };
  });
});

/** Connects as a device does, which answers each call. */
const connect = async (id: string) => {
  if (broker === undefined) throw new Error("the emulator has no MQTT broker");
  const { certificate: cert, privateKey: key } = await registry.provision(id, "f1");
  const options = { cert, key, rejectUnauthorized: false, reconnectPeriod: 0 };
  const client = await mqtt.connectAsync(broker, { ...options, clientId: id });
  const heard: { topic: string; message: string }[] = [];
  client.on("message", (topic, payload) => {
    heard.push({ topic, message: payload.toString() });
    const answer = { id: JSON.parse(payload.toString()).id, value: "é" };
    client.publish(`$aws/rules/godwit_returns/returns/${id}`, JSON.stringify(answer));
  });
  return { heard, leave: () => client.endAsync() };
};

it.skipIf(broker === undefined)("a device cannot publish to another fleet", async () => {
  const id = "0000000000000000000000fe";
  const { certificate: cert, privateKey: key } = await registry.provision(id, "f1");
  const options = { cert, key, rejectUnauthorized: false, reconnectPeriod: 0 };
  const client = await mqtt.connectAsync(broker ?? "", { ...options, clientId: id });
  const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
  client.publish(`events/f2/${id}/name`, "x", { qos: 1 }, () => {});
  await closed;
  expect(client.connected).toBe(false);
});
