import { startChild } from "../system/child.ts";
import { brokerAddress, type Subject, type SystemKind } from "../system/system.ts";
import { installPeer } from "./installPeer.ts";
import { peerSubject } from "./peerSubject.ts";

/** The measured version. */
export const nodeRedVersion = "4.1.15";

/** Installs Node-RED. Returns the path of its main file. */
export const installNodeRed = async (): Promise<string> =>
  `${await installPeer("node-red", { "node-red": nodeRedVersion })}node_modules/node-red/red.js`;

/**
 * Node-RED with a broker that is never killed. By default of its editor the session is clean;
 * `keepsSession` selects a persistent session. Node-RED does not retry, and its requests time out
 * after two minutes.
 */
export const nodeRed = ({ keepsSession }: { keepsSession: boolean }): SystemKind<Subject> => {
  const name = keepsSession ? "Node-RED, persistent session" : "Node-RED";
  return {
    name,
    async start(routes, descriptors) {
      const red = await installNodeRed();
      const child = startChild("../peer/nodeRedProcess.ts");
      try {
        const input = { red, routes, keepsSession, descriptors };
        const { mqtt, ca } = brokerAddress.parse(await child.ask("start", input));
        return { name, mqtt, ca, ...peerSubject(child) };
      } catch (error) {
        await child.stop();
        throw error;
      }
    },
  };
};
