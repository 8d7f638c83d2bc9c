import type { Broker } from "./broker.ts";

/** A broker that can end without a word and come back. */
export interface RestartableBroker extends Broker {
  /** Ends the broker as if its machine had lost its power: nobody is told, and what only it knew is gone. */
  kill(): void;
  /** Begins anew, with nobody connected. */
  revive(): Promise<void>;
}

/** `open` makes a broker; of the one that was killed nothing is left. */
export const restartableBroker = async (
  open: () => Promise<Broker>,
): Promise<RestartableBroker> => {
  let now = await open();
  return {
    get connections() {
      return now.connections;
    },
    handle: (socket, peer) => now.handle(socket, peer),
    publish: (message) => now.publish(message),
    disconnect: (clientId, options) => now.disconnect(clientId, options),
    stop: () => now.stop(),
    kill: () => now.kill(),
    async revive() {
      now = await open();
    },
  };
};
