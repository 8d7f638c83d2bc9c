import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { httpPost } from "#shared/http/post.ts";
import type { Common, Kind, RenderInput, SendDeps } from "#shared/integration/kind/kind.ts";
import { targetTokenCache } from "#shared/integration/request/targetTokenCache.ts";
import { normalizeRequest } from "#shared/target/normalizeRequest.ts";
import type { TargetReply } from "#shared/target/target.ts";
import { anEvent, type Clock, stoppedClock } from "../../../memory/samples.ts";

/** A request as received by a vendor's server. */
export interface Got {
  readonly method: string;
  /** The complete URL that it would have without the test. */
  readonly url: URL;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

type Answer = (got: Got) => { status: number; body?: unknown };

/**
 * Runs a vendor's server on loopback. All requests go to it over a real socket, whatever their
 * host.
 */
export const vendor = async (
  answer: Answer,
): Promise<{ sendDeps: SendDeps; clock: Clock; got: Got[]; close: () => void }> => {
  const got: Got[] = [];
  const server = http.createServer(async (request, response) => {
    const one = {
      method: request.method ?? "",
      url: new URL(String(request.headers["x-test-url"])),
      headers: request.headers,
      body: await text(request),
    };
    got.push(one);
    const { status, body } = answer(one);
    response.writeHead(status).end(body === undefined ? "" : JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const post = httpPost({ targets: "any" });
  const clock = stoppedClock();
  const sendRequest: SendDeps["sendRequest"] = (request) => {
    const url = `http://127.0.0.1:${port}/`;
    return post({ ...request, url, headers: { ...request.headers, "x-test-url": request.url } });
  };
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return {
    sendDeps: { sendRequest, now: clock.now, token: targetTokenCache(clock) },
    clock,
    got,
    close,
  };
};

/** The event that the tests send. */
export const sending: RenderInput = { id: "msg_1", event: anEvent() };

/** Renders the request of a kind and sends it. */
export const send = <Settings>(
  kind: Kind<Settings>,
  integration: Common & Settings,
  one: RenderInput,
  sendDeps: SendDeps,
): Promise<TargetReply> =>
  kind.send(
    integration,
    { ...one, request: normalizeRequest(kind.render(integration, one)) },
    sendDeps,
  );
