import { Agent, request } from "node:http";
import { connect } from "mqtt";
import * as z from "zod";
import { openBareBroker } from "./bareBroker.ts";
import { serve } from "./serve.ts";

/**
 * Child process that runs the baseline: a bare broker with the same mutual TLS, and a subscriber
 * that posts each event unchanged. It stores nothing and does not retry.
 */
const { mqtt, authority, stop } = await openBareBroker();

// The connection limit of a cloud worker for one target.
const agent = new Agent({ keepAlive: true, maxSockets: 20 });

const post = (target: string, body: Buffer): void => {
  const headers = { "content-type": "application/json", "content-length": body.length };
  request(target, { agent, method: "POST", headers })
    .on("response", (response) => response.resume())
    // The target's counts show lost requests.
    .on("error", () => {})
    .end(body);
};

const options = z.object({ routes: z.array(z.object({ event: z.string(), url: z.url() })) });

const start = async (input: unknown) => {
  const { routes } = options.parse(input);
  const { certificate: cert, privateKey: key } = await authority.issueDevice();
  const subscriber = connect(mqtt, { ca: authority.caPem, cert, key });
  const targets = new Map(routes.map(({ event, url }) => [event, url]));
  subscriber.on("message", (topic, body) => {
    const target = targets.get(topic.split("/")[3] ?? "");
    if (target !== undefined) post(target, body);
  });
  await subscriber.subscribeAsync("events/#", { qos: 1 });
  return { mqtt, ca: authority.caPem };
};

serve(
  {
    start,
    async addDevice(name) {
      const { certificate, privateKey } = await authority.issueDevice();
      return { id: String(name), fleet: "baseline", certificate, privateKey };
    },
  },
  stop,
);
