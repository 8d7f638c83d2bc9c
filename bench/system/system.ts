import * as z from "zod";
import { type Child, startChild } from "./child.ts";

/** Something that takes events over MQTT and posts them to the target. */
export interface System {
  readonly name: string;
  readonly mqtt: string;
  /** What its devices have to trust, in PEM. */
  readonly ca: string;
  addDevice(name: string): Promise<Device>;
  readonly child: Child;
  /** The cloud's REST API, and a token for it. */
  readonly api?: { readonly url: string; readonly token: string };
}

const device = z.object({
  id: z.string(),
  fleet: z.string(),
  certificate: z.string(),
  privateKey: z.string(),
});

export type Device = z.output<typeof device>;

/** What a process says that has a broker. */
export const brokerAddress = z.object({ mqtt: z.url(), ca: z.string() });
const cloudAddress = brokerAddress.extend({ api: z.url(), user: z.object({ token: z.string() }) });

/** Asks a system's process for one more device. */
export const addDevice = async (child: Child, name: string): Promise<Device> =>
  device.parse(await child.ask("addDevice", name));

const open = (
  name: string,
  child: Child,
  { mqtt, ca }: z.output<typeof brokerAddress>,
): System => ({
  name,
  mqtt,
  ca,
  addDevice: (deviceName) => addDevice(child, deviceName),
  child,
});

/** Starts the cloud in its process, with its state in the folder `data` or in memory, on any free port or on that one. */
export const requestCloudStart = async (
  child: Child,
  options: { data: string | undefined; mqttPort?: number },
): Promise<z.output<typeof cloudAddress>> => cloudAddress.parse(await child.ask("start", options));

/** Starts the cloud with one webhook, in its default form, for the events that the bench publishes. */
export const startCloudSystem = async (
  target: string,
  data: string | undefined,
): Promise<System> => {
  const child = startChild("cloudProcess.ts");
  try {
    const { api, user, ...rest } = await requestCloudStart(child, { data });
    const access = { url: api, token: user.token };
    await addWebhook(eventName, target, access);
    return { ...open("pipeline", child, rest), api: access };
  } catch (error) {
    await child.stop();
    throw error;
  }
};

const listed = z.array(z.object({ id: z.string(), event: z.string() }));

/** Makes the only webhook of an event: one that an earlier run left would have no target. */
export const addWebhook = async (
  event: string,
  url: string,
  api: { readonly url: string; readonly token: string },
): Promise<void> => {
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const headers = { authorization: `Bearer ${api.token}`, "content-type": "application/json" };
    const answer = await fetch(`${api.url}${path}`, {
      method,
      headers,
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  for (const { id, event: of } of listed.parse(await ask("GET", "/v1/integrations"))) {
    if (of === event) await ask("DELETE", `/v1/integrations/${id}`);
  }
  await ask("POST", "/v1/integrations", { event, url, integration_type: "Webhook" });
};

/** Starts the bare subscriber. */
export const startBaselineSystem = async (target: string): Promise<System> => {
  const child = startChild("baselineProcess.ts");
  try {
    return open("baseline", child, brokerAddress.parse(await child.ask("start", { target })));
  } catch (error) {
    await child.stop();
    throw error;
  }
};

/** The name of every event that the bench publishes. */
export const eventName = "bench";
