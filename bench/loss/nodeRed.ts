import { startChild } from "../system/child.ts";
import { addDevice, brokerAddress } from "../system/system.ts";
import { installNodeRed } from "./installNodeRed.ts";
import type { SubjectKind } from "./subject.ts";

/**
 * Node-RED behind a broker that is never killed. As the editor sets it up, the broker forgets it when it is gone; `keepsSession` is
 * the one choice that differs. It never tries again, and gives up on a request after two minutes.
 */
export const nodeRed = ({ keepsSession }: { keepsSession: boolean }): SubjectKind => {
  const name = keepsSession ? "Node-RED, session kept" : "Node-RED";
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
