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

const where = z.object({ mqtt: z.url(), ca: z.string() });
const cloudWhere = where.extend({ api: z.url(), user: z.object({ token: z.string() }) });

const open = (name: string, child: Child, { mqtt, ca }: z.output<typeof where>): System => ({
  name,
  mqtt,
  ca,
  async addDevice(deviceName) {
    return device.parse(await child.ask("addDevice", deviceName));
  },
  child,
});

/** Starts the cloud with one webhook, in its default form, for the events that the bench publishes. */
export const startCloudSystem = async (
  target: string,
  data: string | undefined,
): Promise<System> => {
  const child = startChild("cloudProcess.ts");
  try {
    const { api, user, ...rest } = cloudWhere.parse(await child.ask("start", { data }));
    await addWebhook(target, { api, token: user.token });
    return { ...open("pipeline", child, rest), api: { url: api, token: user.token } };
  } catch (error) {
    await child.stop();
    throw error;
  }
};

const listed = z.array(z.object({ id: z.string(), event: z.string() }));

/** Makes the only webhook of the bench's events: one that an earlier run left would have no target. */
const addWebhook = async (
  url: string,
  { api, token }: { api: string; token: string },
): Promise<void> => {
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(`${api}${path}`, { method, headers, body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  for (const { id, event } of listed.parse(await ask("GET", "/v1/integrations"))) {
    if (event === eventName) await ask("DELETE", `/v1/integrations/${id}`);
  }
  await ask("POST", "/v1/integrations", { event: eventName, url, integration_type: "Webhook" });
};

/** Starts the bare subscriber. */
export const startFloorSystem = async (target: string): Promise<System> => {
  const child = startChild("floorProcess.ts");
  try {
    return open("floor", child, where.parse(await child.ask("start", { target })));
  } catch (error) {
    await child.stop();
    throw error;
  }
};

/** The name of every event that the bench publishes. */
export const eventName = "bench";
