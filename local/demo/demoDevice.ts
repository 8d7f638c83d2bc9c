import { connect } from "mqtt";
import type { Log } from "../log.ts";
import type { DemoDevice } from "./records.ts";

const publishEveryMs = 5_000;

interface Broker {
  readonly mqtt: string;
  /** The certificate of the authority that signed the broker's, in PEM. */
  readonly ca: string;
}

/** A device that says how warm it is, again and again, until it is stopped. */
export const startDemoDevice = (
  { id, fleet, certificate, privateKey }: DemoDevice,
  { mqtt, ca, log }: Broker & { log: Log },
): { stop(): Promise<void> } => {
  const client = connect(mqtt, { clientId: id, ca, cert: certificate, key: privateKey });
  client.on("error", (error) => log("the demo device has a problem", { reason: error.message }));

  let celsius = 21.5;
  const publish = () => {
    celsius = Math.round((celsius + Math.random() - 0.5) * 10) / 10;
    client.publish(`events/${fleet}/${id}/temperature`, String(celsius), { qos: 1 });
  };
  client.once("connect", publish);
  const timer = setInterval(() => client.connected && publish(), publishEveryMs);
  return {
    async stop() {
      clearInterval(timer);
      await client.endAsync(true);
    },
  };
};
