import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { type Cloud, startCloud } from "../../local/cloud.ts";
import { openLog } from "../../local/platform/log.ts";
import { serve } from "./serve.ts";

/** Child process that runs the cloud of this repository without the demo. */
let cloud: Cloud | undefined;

const started = (): Cloud => {
  if (cloud === undefined) throw new Error("the cloud is not started");
  return cloud;
};

const options = z.object({ data: z.string().optional(), mqttPort: z.int().default(0) });

const start = async (input: unknown) => {
  const { data, mqttPort } = options.parse(input);
  cloud = await startCloud({
    data,
    apiPort: 0,
    mqttPort,
    demo: false,
    log: openLog("text"),
    onFatalError: (error) => {
      throw error;
    },
  });
  const { api, mqtt, state, user } = cloud;
  return { api, mqtt, user, ca: await readFile(join(state, "ca.pem"), "utf8") };
};

serve(
  {
    start,
    addDevice: (name) =>
      started().admin({ addDevice: { username: started().user.username, name } }),
    counts() {
      const { iot, lambda, usageMeter } = started().services;
      return {
        iot: { ...iot.counts },
        functions: lambda.usage(),
        usageMeter: Object.fromEntries(usageMeter.read()),
      };
    },
  },
  async () => {
    await cloud?.stop();
  },
);
