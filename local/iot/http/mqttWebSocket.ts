import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { crossOriginReason } from "../../http/crossOrigin.ts";
import { STATUS_CODES } from "../../http/nodeHttp.ts";
import { requestUrl } from "../../http/restHandler.ts";
import { BadSignature, type Signers, verifyPresigned } from "../../http/signature.ts";
import type { Log } from "../../platform/log.ts";
import type { Broker } from "../broker/broker.ts";
import type { ConnectRateLimiter } from "../broker/connectRateLimiter.ts";
import { packetBytesMax } from "../limits.ts";
import type { Permissions } from "../policy/permissions.ts";
import { webSocketStream } from "./webSocketStream.ts";

const path = "/mqtt";
const protocol = "mqtt";

interface WebSocketDeps {
  readonly broker: Broker;
  readonly connectRateLimiter: ConnectRateLimiter;
  readonly signers: Signers;
  /** The permissions of a role by its access key; without a key, of the account's owner. */
  readonly permissionsOf: (roleKey: string | undefined) => Permissions;
  readonly log: Log;
}

/**
 * Accepts MQTT over WebSockets with a presigned URL. Such a client has the permissions of its role.
 * https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html#mqtt-ws
 */
export const serveWebSockets = (
  server: Server,
  { broker, connectRateLimiter, signers, permissionsOf, log }: WebSocketDeps,
): void => {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: packetBytesMax,
    handleProtocols: () => protocol,
  });
  const peer = (request: IncomingMessage, roleKey: string | undefined) => ({
    principal: roleKey ?? signers.credentials.accessKeyId,
    address: request.socket.remoteAddress ?? "",
    permissionsFor: () => permissionsOf(roleKey),
  });
  server.on("upgrade", (request, socket: Duplex, head: Buffer) => {
    let roleKey: string | undefined;
    try {
      roleKey = checkHandshake(request, signers);
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
      broker.handle(webSocketStream(webSocket), peer(request, roleKey)),
    );
  });
};

/** The access key of the role that has signed a handshake; `undefined` for the account's owner. */
const checkHandshake = (request: IncomingMessage, signers: Signers): string | undefined => {
  const { pathname, searchParams: query } = requestUrl(request);
  const { headers, method = "GET" } = request;
  const reason = crossOriginReason(headers);
  if (reason !== undefined) throw new BadSignature(reason, "unsigned");
  const protocols = headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim());
  if (pathname !== path || !protocols?.includes(protocol)) {
    throw new BadSignature(`only ${path} with the protocol ${protocol} is served`, "unsigned");
  }
  return verifyPresigned({ method, path, query, headers, body: Buffer.alloc(0) }, signers);
};

const reject = (socket: Duplex, status: number): void => {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
};
