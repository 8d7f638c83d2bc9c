import { startChild } from "../system/child.ts";
import { addDevice, brokerAddress } from "../system/system.ts";
import { installNodeRed } from "./installNodeRed.ts";
import type { SubjectKind } from "./subject.ts";

/**
 * Node-RED with a broker that is never killed. By default of its editor the session is clean;
 * `keepsSession` selects a persistent session. Node-RED does not retry, and its requests time out
 * after two minutes.
 */
export const nodeRed = ({ keepsSession }: { keepsSession: boolean }): SubjectKind => {
  const name = keepsSession ? "Node-RED, persistent session" : "Node-RED";
  return {
    name,
    quietMsMax: 120_000,
    async start(routes, descriptors) {
      const red = await installNodeRed();
      const child = startChild("../loss/nodeRedProcess.ts");
      try {
        const input = { red, routes, keepsSession, descriptors };
        const { mqtt, ca } = brokerAddress.parse(await child.ask("start", input));
        return {
          name,
          mqtt,
          ca,
          addDevice: (deviceName) => addDevice(child, deviceName),
          child,
          kill: async () => void (await child.ask("kill")),
          restart: async () => void (await child.ask("restart")),
          stop: child.stop,
        };
      } catch (error) {
        await child.stop();
        throw error;
      }
    },
  };
};
