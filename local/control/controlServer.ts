import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import * as z from "zod";
import { crossOriginReason } from "../http/crossOrigin.ts";
import { closeHttp, listenHttp, requestTimeouts } from "../http/httpServer.ts";
import { createServer } from "../http/nodeHttp.ts";
import type { Log } from "../platform/log.ts";
import type { ControlRoute } from "./controlRoute.ts";
import { type Controlled, controlRoutes } from "./controlRoutes.ts";

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
        if (!(error instanceof z.ZodError || error instanceof InvalidRequest))
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
  if (route === undefined) {
    const isInside = url === root || url.startsWith(`${root}/`);
    const error = isInside
      ? unknownOperation(`${method} ${url.slice(root.length)}`, routes)
      : "not found";
    return { status: 404, body: { error } };
  }
  const given = await read(request);
  return { status: 200, body: await route.act(given) };
};

const unknownOperation = (asked: string, routes: readonly ControlRoute[]): string =>
  `there is no operation ${asked}; operations are ${routes
    .map(({ method, path }) => `${method} ${path || "/"}`)
    .join(", ")}`;

const isRoot = ({ path }: ControlRoute, url: string, root: string): boolean =>
  path === "" && url === `${root}/`;

const read = async (request: IncomingMessage): Promise<unknown> => {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > bodyBytesMax) {
      throw new InvalidRequest(`the body is larger than ${bodyBytesMax} bytes`);
    }
  }
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch (cause) {
    throw new InvalidRequest("the body is not JSON", { cause });
  }
};

/** The body of a request cannot be read. */
class InvalidRequest extends Error {}

const errorReply = (error: unknown): Reply => {
  if (error instanceof z.ZodError) {
    return { status: 400, body: { error: error.issues.map(describeIssue).join("; ") } };
  }
  if (error instanceof InvalidRequest) return { status: 400, body: { error: error.message } };
  return { status: 500, body: { error: String(error) } };
};

const describeIssue = (issue: z.core.$ZodIssue): string => {
  const at = (...more: string[]) => [...issue.path.map(String), ...more].join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${at(key)}: is an unknown field`).join("; ");
  }
  return `${at() || "the body"}: ${issue.message}`;
};
