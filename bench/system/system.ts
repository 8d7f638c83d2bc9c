import * as z from "zod";
import { type Child, startChild } from "./child.ts";

/** A system that receives events over MQTT and posts them to the target. */
export interface System {
  readonly name: string;
  readonly mqtt: string;
  /** CA certificate for devices, PEM. */
  readonly ca: string;
  addDevice(name: string): Promise<Device>;
  readonly child: Child;
  /** REST API of the cloud, with an access token. */
  readonly api?: { readonly url: string; readonly token: string };
}

const device = z.object({
  id: z.string(),
  fleet: z.string(),
  certificate: z.string(),
  privateKey: z.string(),
});

export type Device = z.output<typeof device>;

/** Address of the broker of a system process. */
export const brokerAddress = z.object({ mqtt: z.url(), ca: z.string() });
const cloudAddress = brokerAddress.extend({ api: z.url(), user: z.object({ token: z.string() }) });

/** Adds a device through the system's process. */
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

/** Starts the cloud in its process. Default: state in memory, any free port. */
export const requestCloudStart = async (
  child: Child,
  options: { data: string | undefined; mqttPort?: number },
): Promise<z.output<typeof cloudAddress>> => cloudAddress.parse(await child.ask("start", options));

/** Starts the cloud with one webhook, in the default form, for the events of the benchmark. */
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

/** Adds a webhook and removes older ones of the same event, whose targets no longer exist. */
export const addWebhook = async (
  event: string,
  url: string,
  api: { readonly url: string; readonly token: string },
): Promise<void> => {
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const headers = { authorization: `Bearer ${api.token}`, "content-type": "application/json" };
    const response = await fetch(`${api.url}${path}`, {
      method,
      headers,
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  for (const { id, event: existing } of listed.parse(await ask("GET", "/v1/integrations"))) {
    if (existing === event) await ask("DELETE", `/v1/integrations/${id}`);
  }
  await ask("POST", "/v1/integrations", { event, url, integration_type: "Webhook" });
};

/** Starts the baseline. */
export const startBaselineSystem = async (target: string): Promise<System> => {
  const child = startChild("baselineProcess.ts");
  try {
    return open("baseline", child, brokerAddress.parse(await child.ask("start", { target })));
  } catch (error) {
    await child.stop();
    throw error;
  }
};

/** Name of the events of the benchmark. */
export const eventName = "bench";
