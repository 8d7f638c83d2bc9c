import * as z from "zod";
import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import { connectDevice } from "../../bench/latency/publishers.ts";
import { connectingMax } from "../limits.ts";
import type { Observer, Report } from "./observer.ts";
import type { CalleeJob } from "./observerJob.ts";

const call = z.object({
  id: z.string(),
  function: z.string().optional(),
  argument: z.string().optional(),
});

/** The value of the variable of each device. */
export const variableValue = 21;

/**
 * Devices with a function `led`, which returns its argument as a number, and a variable `state`. It
 * reports each call that a device executes.
 */
export const openCalleeObserver = async (
  { mqtt, ca, lanes }: CalleeJob,
  report: Report,
): Promise<Observer> => {
  const devices = lanes.flatMap((all, lane) => all.map((device) => ({ device, lane })));
  const clients = await mapConcurrently(devices, connectingMax, async ({ device, lane }) => {
    const client = await connectDevice({ mqtt, ca }, device);
    client.on("message", (topic, payload) => {
      if (!topic.startsWith("calls/")) return;
      const { id, function: name, argument } = call.parse(JSON.parse(payload.toString()));
      const value = name === undefined ? variableValue : Number(argument);
      const reply = JSON.stringify({ id, value });
      client.publish(`$aws/rules/godwit_returns/returns/${device.id}`, reply, { qos: 1 });
      if (name !== undefined) report(lane, value);
    });
    const hello = { functions: ["led"], variables: { state: "int32" }, fleet: device.fleet };
    await client.publishAsync(`hello/${device.id}`, JSON.stringify(hello), { qos: 1 });
    return client;
  });
  return {
    async stop() {
      await Promise.all(clients.map((client) => client.endAsync(true)));
    },
  };
};
