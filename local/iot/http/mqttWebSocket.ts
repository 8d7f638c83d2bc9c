import { type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { crossOriginReason } from "../../http/crossOrigin.ts";
import { requestUrl } from "../../http/restHandler.ts";
import { BadSignature, type Signers, verifyPresigned } from "../../http/signature.ts";
import type { Log } from "../../platform/log.ts";
import type { Broker } from "../broker/broker.ts";
import type { ConnectRateLimiter } from "../broker/connectRateLimiter.ts";
import { packetBytesMax } from "../limits.ts";
import { everything } from "../policy/permissions.ts";
import { webSocketStream } from "./webSocketStream.ts";

const path = "/mqtt";
const protocol = "mqtt";

interface WebSocketDeps {
  readonly broker: Broker;
  readonly connectRateLimiter: ConnectRateLimiter;
  readonly signers: Signers;
  readonly log: Log;
}

/**
 * Accepts MQTT over WebSockets with a presigned URL. Such a client has all permissions: IoT Core
 * would evaluate the policies of its role, which one machine does not have.
 * https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html#mqtt-ws
 */
export const serveWebSockets = (
  server: Server,
  { broker, connectRateLimiter, signers, log }: WebSocketDeps,
): void => {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: packetBytesMax,
    handleProtocols: () => protocol,
  });
  const peer = (request: IncomingMessage) => ({
    principal: signers.credentials.accessKeyId,
    address: request.socket.remoteAddress ?? "",
    permissionsFor: () => everything,
  });
  server.on("upgrade", (request, socket: Duplex, head: Buffer) => {
    try {
      checkHandshake(request, signers);
    } catch (error) {
      if (!(error instanceof BadSignature)) throw error;
      log("WebSocket rejected", { reason: error.message });
      reject(socket, 403);
      return;
    }
    if (!connectRateLimiter.tryAcquire()) {
      socket.destroy();
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) =>
      broker.handle(webSocketStream(webSocket), peer(request)),
    );
  });
};

const checkHandshake = (request: IncomingMessage, signers: Signers): void => {
  const { pathname, searchParams: query } = requestUrl(request);
  const { headers, method = "GET" } = request;
  const reason = crossOriginReason(headers);
  if (reason !== undefined) throw new BadSignature(reason);
  const protocols = headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim());
  if (pathname !== path || !protocols?.includes(protocol)) {
    throw new BadSignature(`only ${path} with the protocol ${protocol} is served`);
  }
  verifyPresigned({ method, path, query, headers, body: Buffer.alloc(0) }, signers);
};

const reject = (socket: Duplex, status: number): void => {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
};
