import { join } from "node:path";
import type { Log } from "../platform/log.ts";
import { startDemoDevice } from "./demoDevice.ts";
import { ensureWebhook, readStoredWebhook } from "./demoIntegration.ts";
import { type DemoDevice, type DemoUser, saveDemoDevice } from "./records.ts";
import { startWebhookTarget } from "./webhookTarget.ts";

/** The demo: a device that publishes and a webhook that logs the events it receives. */
export interface Demo {
  stop(): Promise<void>;
}

export interface DemoOptions {
  readonly api: string;
  /** MQTT endpoints of all regions, the preferred one first. */
  readonly endpoints: readonly string[];
  readonly ca: string;
  readonly user: DemoUser;
  readonly device: DemoDevice;
  readonly folder: string;
  /** What the demo device stores itself: its slots. */
  readonly deviceFolder: string;
  readonly log: Log;
}

/** Starts the demo. The webhook's URL and its integration persist over restarts. */
export const startDemo = async (options: DemoOptions): Promise<Demo> => {
  const { api, endpoints, ca, user, folder, log } = options;
  const file = join(folder, "webhook.json");
  const earlier = await readStoredWebhook(file);
  const port = earlier === undefined ? 0 : Number(new URL(earlier.url).port);
  const target = await startWebhookTarget(port, log);
  await ensureWebhook(target.url, { api, token: user.token, file, earlier });
  const saveFleet = (fleet: string) =>
    saveDemoDevice(folder, { ...options.device, fleet }, { ca, endpoints });
  const device = startDemoDevice(options.device, {
    ...{ endpoints, ca, log, saveFleet },
    folder: options.deviceFolder,
  });
  return {
    async stop() {
      await Promise.all([device.stop(), target.stop()]);
    },
  };
};
