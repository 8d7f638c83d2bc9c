import type { Broker } from "./broker.ts";

/** A broker that can be killed and restarted. */
export interface RestartableBroker extends Broker {
  /** Stops the broker like a power failure: no presence events, and in-memory state is lost. */
  kill(): void;
  /** Starts a new broker without connections. */
  revive(): Promise<void>;
}

/** `open` creates a broker; nothing of a killed one is reused. */
export const restartableBroker = async (
  open: () => Promise<Broker>,
): Promise<RestartableBroker> => {
  let current = await open();
  return {
    get connections() {
      return current.connections;
    },
    handle: (socket, peer) => current.handle(socket, peer),
    publish: (message) => current.publish(message),
    disconnect: (clientId, options) => current.disconnect(clientId, options),
    stop: () => current.stop(),
    kill: () => current.kill(),
    async revive() {
      current = await open();
    },
  };
};
