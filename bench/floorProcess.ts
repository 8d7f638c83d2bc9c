import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { Aedes } from "aedes";
import { connect } from "mqtt";
import * as z from "zod";
import { openAuthority } from "../local/iot/certificate/authority.ts";
import { serve } from "./serve.ts";

/**
 * The floor: what a user would write who needs no cloud. A bare broker with the same mutual TLS, and a bare
 * subscriber that posts each event as it is. Nothing is kept, and nothing is tried again.
 */
const folder = await mkdtemp(join(tmpdir(), "godwit-floor-"));
const authority = await openAuthority(folder);
const broker = await Aedes.createBroker();
const server = createServer(
  {
    cert: authority.server.certificate,
    key: authority.server.privateKey,
    ca: authority.caPem,
    requestCert: true,
    rejectUnauthorized: true,
    noDelay: true,
  },
  broker.handle,
).listen(0, "127.0.0.1");
await once(server, "listening");

// As many as a worker of the cloud keeps for one target.
const agent = new Agent({ keepAlive: true, maxSockets: 20 });

const post = (target: string, body: Buffer): void => {
  const headers = { "content-type": "application/json", "content-length": body.length };
  request(target, { agent, method: "POST", headers })
    .on("response", (response) => response.resume())
    // A lost post shows in the target's count.
    .on("error", () => {})
    .end(body);
};

const start = async (input: unknown) => {
  const { target } = z.object({ target: z.url() }).parse(input);
  const { certificate: cert, privateKey: key } = await authority.issueDevice();
  const mqtt = `mqtts://127.0.0.1:${port(server.address())}`;
  const subscriber = connect(mqtt, { ca: authority.caPem, cert, key });
  subscriber.on("message", (_topic, body) => post(target, body));
  await subscriber.subscribeAsync("events/#", { qos: 1 });
  return { mqtt, ca: authority.caPem };
};

const port = (address: AddressInfo | string | null): number =>
  z.object({ port: z.number() }).parse(address).port;

serve(
  {
    start,
    async addDevice(name) {
      const { certificate, privateKey } = await authority.issueDevice();
      return { id: String(name), fleet: "floor", certificate, privateKey };
    },
  },
  async () => {
    await rm(folder, { recursive: true, force: true });
  },
);
