import type { IncomingMessage } from "node:http";
import * as https from "node:https";
import { buffer } from "node:stream/consumers";
import { rootCertificates } from "node:tls";
import type {
  CanaryOfferedImage,
  ConnectForUpdate,
  ReadCanaryImage,
} from "#shared/canary/ports.ts";
import type { UpdateTarget } from "#shared/canary/updateTarget.ts";
import { createDevice } from "../../../device/client.ts";
import type { UpdateLink, Updates } from "../../../device/update/updates.ts";

interface Options {
  /** The MQTT endpoint of this region. */
  readonly endpoint: string;
  /** The certificate of the authority of this machine, in PEM; `amazon`: the roots of Node.js. */
  readonly brokerCa: string;
}

/** Connects the device that is offered an update, with the client for devices. */
export const connectForUpdate =
  ({ device: identity }: Pick<UpdateTarget, "device">, options: Options): ConnectForUpdate =>
  async (signal) => {
    const offered = Promise.withResolvers<CanaryOfferedImage>();
    offered.promise.catch(() => {});
    let link: UpdateLink | undefined;
    const updates: Updates = {
      async open(given) {
        link = given;
      },
      hello: () => ({ slots: 1, updates: true, utcOffset: 0 }),
      connectionReady() {},
      connectionLost() {},
      handle(command) {
        if (command.command === "update") offered.resolve(command.offer);
      },
      handleBlock() {},
      close() {},
    };
    const device = createDevice({
      ...identity,
      endpoints: [options.endpoint],
      ...caOf(options),
      firmware: "canary",
      updates,
    });
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => {});
    device.on("error", (error) => {
      lost.reject(error);
      offered.reject(error);
    });
    const stop = () => {
      offered.reject(new Error("no offer in time"));
      void device.close().catch(() => {});
    };
    signal.addEventListener("abort", stop, { once: true });
    try {
      await Promise.race([device.connect(), lost.promise]);
    } catch (error) {
      stop();
      throw error;
    }
    return {
      offered: offered.promise,
      async report(message) {
        if (link === undefined) throw new Error("the device is not connected");
        await link.send(message);
      },
      async close() {
        signal.removeEventListener("abort", stop);
        await device.close();
      },
    };
  };

/** Reads the rest of the canary's image by a range request, as a device resumes a download. */
export const readCanaryImage =
  (size: number, options: Pick<Options, "brokerCa">): ReadCanaryImage =>
  async (url, offset, signal) => {
    const headers = { range: `bytes=${offset}-`, "accept-encoding": "identity" };
    const { ca } = caOf(options);
    const trusted = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    https.get(url, { headers, signal, agent: false, ...trusted }, resolve).on("error", reject);
    const response = await promise;
    const range = response.headers["content-range"];
    if (response.statusCode !== 206 || range !== `bytes ${offset}-${size - 1}/${size}`) {
      response.destroy();
      throw new Error(`S3 answered with ${response.statusCode}, range ${range ?? "none"}`);
    }
    return buffer(response);
  };

const caOf = ({ brokerCa }: Pick<Options, "brokerCa">): { readonly ca?: string } =>
  brokerCa === "amazon" ? {} : { ca: brokerCa };
