import { writeToStream } from "mqtt-packet";
import type { CanaryIdentity } from "#shared/canary/identity.ts";
import type { ConnectCanary } from "#shared/canary/ports.ts";
import { createDevice } from "../../../device/client.ts";

// By default mqtt creates 65,536 buffers before its first packet.
writeToStream.cacheNumbers = false;

interface Options {
  /** The MQTT endpoint of this region. */
  readonly endpoint: string;
  /** The certificate of the broker's authority, in PEM; `amazon`: the roots of Node.js. */
  readonly brokerCa: string;
}

/** Connects the synthetic device with the client for devices, by MQTT with mutual TLS. */
export const connectDevice =
  ({ device: identity }: CanaryIdentity, { endpoint, brokerCa }: Options): ConnectCanary =>
  async ({ add, nonce, onResponse }, signal) => {
    const device = createDevice({
      ...identity,
      endpoints: [endpoint],
      ...(brokerCa !== "amazon" && { ca: brokerCa }),
      firmware: "canary",
      functions: { add },
      variables: { nonce: { type: "string", read: nonce } },
    });
    const lost = Promise.withResolvers<never>();
    device.on("error", lost.reject);
    lost.promise.catch(() => {});
    const stop = () => void device.close().catch(() => {});
    signal.addEventListener("abort", stop, { once: true });
    try {
      const handle = ({ name, data }: { name: string; data: Buffer }) =>
        onResponse({ name, data: data.toString("utf8") });
      await device.subscribe("hook-response/canary/", handle);
      await device.subscribe("hook-error/canary/", handle);
      await Promise.race([device.connect(), lost.promise]);
    } catch (error) {
      stop();
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
    return {
      async publish(name, data) {
        await device.publish(name, data);
        await device.flush();
      },
      close: () => device.close(),
    };
  };
