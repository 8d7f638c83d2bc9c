import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "../system/child.ts";
import { addDevice, addWebhook, requestCloudStart } from "../system/system.ts";
import type { SubjectKind } from "./subject.ts";

/**
 * The cloud of this repository, with its state on disk. One process runs the workers (as threads),
 * the broker, the queues and the tables. `kill` ends all of it, which is harsher than killing the
 * workers: every stage loses its memory at once, and devices lose their connections.
 *
 * Longest waits: 6 minutes before the third attempt, 5 minutes for an open circuit breaker, 6
 * minutes until the message of a failed worker is visible again.
 */
export const godwit: SubjectKind = {
  name: "Godwit",
  quietMsMax: 900_000,
  async start(routes, descriptors) {
    const data = await mkdtemp(join(tmpdir(), "godwit-loss-"));
    let child = startChild("cloudProcess.ts", descriptors);
    const stop = async () => {
      await child.stop();
      await rm(data, { recursive: true, force: true, maxRetries: 5 });
    };
    try {
      const { mqtt, ca, api, user } = await requestCloudStart(child, { data });
      for (const { event, url } of routes)
        await addWebhook(event, url, { url: api, token: user.token });
      const mqttPort = Number(new URL(mqtt).port);
      return {
        name: "Godwit",
        mqtt,
        ca,
        addDevice: (name) => addDevice(child, name),
        get child() {
          return child;
        },
        kill: () => child.kill(),
        async restart() {
          child = startChild("cloudProcess.ts", descriptors);
          await requestCloudStart(child, { data, mqttPort });
        },
        stop,
      };
    } catch (error) {
      await stop();
      throw error;
    }
  },
};
