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
    const answer = await fetch(`${api}/v1/integrations`, {
      method: "POST",
      headers: { authorization: `Bearer ${user.token}`, "content-type": "application/json" },
      body: JSON.stringify({ event: eventName, url: target, integration_type: "Webhook" }),
    });
    if (!answer.ok) throw new Error(`no webhook: ${answer.status} ${await answer.text()}`);
    return open("pipeline", child, rest);
  } catch (error) {
    await child.stop();
    throw error;
  }
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
