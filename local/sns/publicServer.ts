import { createServer } from "node:https";
import { crossOriginReason } from "../http/crossOrigin.ts";
import { closeHttp, listenHttp, requestTimeouts } from "../http/httpServer.ts";
import { forbidden, RestFailure } from "../http/restFailure.ts";
import type { Log } from "../platform/log.ts";
import { queryError, queryResponse } from "./query.ts";
import type { Signer } from "./signer.ts";

/** What SNS serves without a signature: its certificate and the links in its messages. */
export interface PublicServer {
  /** `https://127.0.0.1:PORT`, with a certificate of the cloud's own authority. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface PublicServerOptions {
  readonly certificate: string;
  readonly privateKey: string;
  readonly signer: () => Promise<Signer>;
  /** Runs the operation of a link and returns the ARN of its subscription. */
  readonly runLink: (form: URLSearchParams) => Promise<string>;
  readonly log: Log;
}

/** Starts the server on any free port of 127.0.0.1. */
export const startPublicServer = async (options: PublicServerOptions): Promise<PublicServer> => {
  const { certificate, privateKey, signer, runLink, log } = options;
  const answer = async (url: URL) => {
    if (url.pathname.endsWith(".pem")) {
      const { path, certificate } = await signer();
      const headers = { "content-type": "application/x-pem-file" };
      if (url.pathname === path) return { status: 200, headers, body: certificate };
    }
    if (url.pathname !== "/") {
      throw new RestFailure("there is nothing here", { status: 404, code: "NotFound" });
    }
    const SubscriptionArn = await runLink(url.searchParams);
    return queryResponse(url.searchParams.get("Action") ?? "", { SubscriptionArn });
  };
  const server = createServer(
    { cert: certificate, key: privateKey, ...requestTimeouts() },
    (request, response) => {
      const serve = async (): Promise<void> => {
        const reason = crossOriginReason(request.headers);
        // A link that a person follows is opened by a browser.
        if (reason !== undefined && request.headers["sec-fetch-mode"] !== "navigate") {
          throw forbidden(reason);
        }
        const { status, headers, body } = await answer(new URL(request.url ?? "/", "https://sns"));
        response.writeHead(status, headers).end(body);
      };
      serve().catch((error: unknown) => {
        if (!(error instanceof RestFailure))
          log("request failed", { path: request.url, error }, "error");
        const failure =
          error instanceof RestFailure
            ? error
            : new RestFailure("an internal error", { status: 500, code: "InternalError" });
        const { status, headers, body } = queryError(failure);
        response.writeHead(status, headers).end(body);
      });
    },
  );
  const url = await listenHttp(server);
  return { url: url.replace("http:", "https:"), stop: () => closeHttp(server) };
};
