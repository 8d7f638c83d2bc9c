import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { Aedes } from "aedes";
import * as z from "zod";
import { type Authority, openAuthority } from "../../local/iot/certificate/authority.ts";

/** A broker with the same mutual TLS as the cloud and without rules. */
export interface BareBroker {
  readonly mqtt: string;
  readonly authority: Authority;
  /** A temporary folder; `stop` removes it. */
  readonly folder: string;
  /** Sets a listener for the topic filter of each subscription. */
  onSubscribe(call: (filter: string) => void): void;
  stop(): Promise<void>;
}

/**
 * Opens a broker on a free port of 127.0.0.1 with the default settings of aedes, except
 * `concurrency`, which the broker of the cloud sets as well: with the default, a backlog whose
 * subscriber is killed overflows the stack of aedes.
 */
export const openBareBroker = async (): Promise<BareBroker> => {
  const folder = await mkdtemp(join(tmpdir(), "godwit-bench-"));
  const authority = await openAuthority(folder);
  const broker = await Aedes.createBroker({ concurrency: 0 });
  const { certificate: cert, privateKey: key } = authority.server;
  const mutual = { ca: authority.caPem, requestCert: true, rejectUnauthorized: true };
  const server = createServer({ cert, key, ...mutual, noDelay: true }, broker.handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    mqtt: `mqtts://127.0.0.1:${port}`,
    authority,
    folder,
    onSubscribe(call) {
      broker.on("subscribe", (subscriptions) => {
        for (const { topic } of subscriptions) call(topic);
      });
    },
    stop: () => rm(folder, { recursive: true, force: true }),
  };
};
