import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "../system/child.ts";
import { addDevice, addWebhook, requestCloudStart } from "../system/system.ts";
import type { SubjectKind } from "./subject.ts";

/**
 * The cloud of this repository, with its state on disk. Its workers are threads of the one process that is also the broker, the
 * queues and the tables. All of that is killed, which is harsher than to kill the workers: what only lay in memory is
 * gone at every stage at once, and devices lose their connections.
 *
 * After a failed attempt it waits for up to six minutes before the third, a breaker for up to five, and a message whose worker
 * failed comes back after six.
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
