import { join } from "node:path";
import type { Log } from "../platform/log.ts";
import { startDemoDevice } from "./demoDevice.ts";
import { ensureWebhook, readStoredWebhook } from "./demoIntegration.ts";
import { type DemoDevice, type DemoUser, saveDemoDevice } from "./records.ts";
import { startWebhookTarget } from "./webhookTarget.ts";

/** Something alive to look at: a device that publishes and a webhook that shows what it received. */
export interface Demo {
  stop(): Promise<void>;
}

export interface DemoOptions {
  readonly api: string;
  /** Where devices connect, in every region: the first is the preferred one. */
  readonly endpoints: readonly string[];
  readonly ca: string;
  readonly user: DemoUser;
  readonly device: DemoDevice;
  readonly folder: string;
  readonly log: Log;
}

/** Starts the demo. Its webhook keeps its address and its integration over restarts. */
export const startDemo = async (options: DemoOptions): Promise<Demo> => {
  const { api, endpoints, ca, user, folder, log } = options;
  const file = join(folder, "webhook.json");
  const earlier = await readStoredWebhook(file);
  const port = earlier === undefined ? 0 : Number(new URL(earlier.url).port);
  const target = await startWebhookTarget(port, log);
  await ensureWebhook(target.url, { api, token: user.token, file, earlier });
  const keepFleet = (fleet: string) =>
    saveDemoDevice(folder, { ...options.device, fleet }, { ca, endpoints });
  const device = startDemoDevice(options.device, { endpoints, ca, log, keepFleet });
  return {
    async stop() {
      await Promise.all([device.stop(), target.stop()]);
    },
  };
};
