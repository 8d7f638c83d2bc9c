import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import * as z from "zod";
import { crossOriginReason } from "../http/crossOrigin.ts";
import { requestTimeouts } from "../http/httpServer.ts";
import { createServer } from "../http/nodeHttp.ts";
import type { Log } from "../platform/log.ts";

/** A web server on 127.0.0.1 that logs the body of every request. */
export interface WebhookTarget {
  readonly url: string;
  stop(): Promise<void>;
}

const bodyCharsShownMax = 500;

/** Listens on `port` if it is free, otherwise on any free port. */
export const startWebhookTarget = async (port: number, log: Log): Promise<WebhookTarget> => {
  const server = createServer(requestTimeouts(), (request, response) => {
    if (crossOriginReason(request.headers) !== undefined) {
      response.writeHead(403).end();
      return;
    }
    void read(request)
      .then((body) => log("demo webhook: received", { body }))
      .catch((error: unknown) => log("demo webhook: request lost", { error }, "warn"))
      .finally(() => response.end());
  });
  await listen(port).catch(() => listen(0));
  return {
    url: `http://127.0.0.1:${address.parse(server.address()).port}/`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };

  async function listen(on: number): Promise<void> {
    server.listen(on, "127.0.0.1");
    await once(server, "listening");
  }
};

const address = z.object({ port: z.number() });

const read = async (request: IncomingMessage): Promise<string> => {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) {
    body = (body + chunk).slice(0, bodyCharsShownMax);
  }
  return body;
};
