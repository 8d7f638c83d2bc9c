import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import * as z from "zod";
import { crossOriginReason } from "../http/crossOrigin.ts";
import { closeHttp, listenHttp, requestTimeouts } from "../http/httpServer.ts";
import type { Log } from "../platform/log.ts";
import { type Controlled, type ControlRoute, controlRoutes } from "./controlRoutes.ts";

export interface ControlServer {
  /** Contains a secret. */
  readonly url: string;
  stop(): Promise<void>;
}

const bodyBytesMax = 65_536;

/**
 * Serves the control API of one region: HTTP with JSON. The URL contains a secret that changes with
 * each start, because web pages in a browser of this machine can also send requests to 127.0.0.1.
 */
export const startControlServer = async (
  controlled: Controlled,
  log: Log,
): Promise<ControlServer> => {
  const root = `/${randomBytes(18).toString("base64url")}`;
  const routes = controlRoutes(controlled);
  const server = createServer(requestTimeouts(), (request, response) => {
    response.on("error", () => {});
    void answer(request, { root, routes })
      .catch((error: unknown) => {
        if (!(error instanceof z.ZodError))
          log("control request failed", { path: request.url, error }, "error");
        return errorReply(error);
      })
      .then(({ status, body }) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(`${JSON.stringify(body)}\n`);
      });
  });
  return { url: `${await listenHttp(server)}${root}`, stop: () => closeHttp(server) };
};

interface Reply {
  readonly status: number;
  readonly body: object;
}

const answer = async (
  request: IncomingMessage,
  { root, routes }: { root: string; routes: readonly ControlRoute[] },
): Promise<Reply> => {
  const { method, url = "", headers } = request;
  const outside = crossOriginReason(headers);
  if (outside !== undefined) return { status: 403, body: { error: outside } };
  const route = routes.find(
    (one) => one.method === method && (url === `${root}${one.path}` || isRoot(one, url, root)),
  );
  if (route === undefined) return { status: 404, body: { error: `${method} is not supported` } };
  const given = await read(request);
  return { status: 200, body: await route.act(given) };
};

const isRoot = ({ path }: ControlRoute, url: string, root: string): boolean =>
  path === "" && url === `${root}/`;

const read = async (request: IncomingMessage): Promise<unknown> => {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > bodyBytesMax) throw new Error("the body is too large");
  }
  return text === "" ? {} : JSON.parse(text);
};

const errorReply = (error: unknown): Reply => {
  const isClientError = error instanceof z.ZodError || error instanceof SyntaxError;
  const text = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
  return { status: isClientError ? 400 : 500, body: { error: text } };
};
