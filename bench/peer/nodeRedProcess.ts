import { writeFile } from "node:fs/promises";
import * as z from "zod";
import { nodeRedFlows } from "./nodeRedFlows.ts";
import { fileOf, servePeer } from "./peerProcess.ts";

/** Disables editor, API and telemetry: Node-RED opens no port. */
const settings = `module.exports = {
  httpAdminRoot: false,
  httpNodeRoot: false,
  telemetry: { enabled: false, updateNotification: false },
  flowFile: "flows.json",
};
`;

const options = z.object({
  red: z.string(),
  routes: z.array(z.object({ event: z.string(), url: z.url() })),
  keepsSession: z.boolean(),
  descriptors: z.int().optional(),
});

/** Child process that runs a broker, and Node-RED in a process that it can kill and restart. */
await servePeer({
  async prepare(input, broker) {
    const { red, routes, keepsSession, descriptors } = options.parse(input);
    const { certificate, privateKey } = await broker.authority.issueDevice();
    const file = (name: string): string => fileOf(broker, name);
    const files = {
      ca: file("trusted.pem"),
      certificate: file("own.pem"),
      key: file("own-key.pem"),
    };
    await writeFile(files.ca, broker.authority.caPem);
    await writeFile(files.certificate, certificate);
    await writeFile(files.key, privateKey);
    const port = Number(new URL(broker.mqtt).port);
    const flows = nodeRedFlows(routes, { port, ...files, keepsSession });
    await writeFile(file("flows.json"), JSON.stringify(flows));
    await writeFile(file("settings.js"), settings);
    return {
      args: [red, "--settings", file("settings.js"), "--userDir", broker.folder],
      descriptors,
      subscriptions: routes.length,
      servers: [],
    };
  },
});
