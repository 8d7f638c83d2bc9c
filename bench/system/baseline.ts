import { startChild } from "./child.ts";
import { brokerAddress, device, type SystemKind } from "./system.ts";
import { usageOf } from "./usage.ts";

/**
 * The reference of every comparison: a bare broker with the same library and the same mutual TLS,
 * and a subscriber in the same process that posts each event, stores nothing and does not retry.
 */
export const baselineKind: SystemKind = {
  name: "bare subscriber",
  async start(routes) {
    const child = startChild("baselineProcess.ts");
    try {
      const { mqtt, ca } = brokerAddress.parse(await child.ask("start", { routes }));
      return {
        name: "bare subscriber",
        mqtt,
        ca,
        addDevice: async (name) => device.parse(await child.ask("addDevice", name)),
        usage: () => usageOf([child.pid]),
        stop: child.stop,
      };
    } catch (error) {
      await child.stop();
      throw error;
    }
  },
};
