import { type AddressInfo, createServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import type { Log } from "../../platform/log.ts";
import { rateLimitedLog } from "../../platform/rateLimitedLog.ts";
import type { Authority } from "../certificate/authority.ts";
import { certificateId } from "../certificate/x509.ts";
import { handshakeMs } from "../limits.ts";
import { permissions } from "../policy/permissions.ts";
import type { Policies } from "../policy/policies.ts";
import type { Registry } from "../registry.ts";
import type { Broker } from "./broker.ts";
import type { Peer } from "./connections.ts";
import type { ConnectRateLimiter } from "./connectRateLimiter.ts";

/** Where devices connect: MQTT over TLS, with a certificate on both sides. */
export interface MqttListener {
  readonly port: number;
  /** Hands connections to the broker from now on; until then they are closed. */
  open(broker: Broker): void;
  /** Cuts every connection and takes none, until it is opened again. The port stays taken. */
  halt(): void;
  close(): Promise<void>;
}

export interface MqttListenerOptions {
  readonly port: number;
  readonly authority: Authority;
  readonly registry: Registry;
  readonly policies: Policies;
  /** What stands before the resource in an ARN: `arn:aws:iot:us-east-1:000000000000:`. */
  readonly arnPrefix: string;
  readonly connectRateLimiter: ConnectRateLimiter;
  readonly log: Log;
  /** How long a TLS handshake may take; `handshakeMs` of the limits unless it is given. */
  readonly handshakeMsMax?: number;
}

/** Binds the port at once, so that a port in use stops the start. Rejects with Node's error then. */
export const listenMqtt = async (options: MqttListenerOptions): Promise<MqttListener> => {
  const { authority, registry, connectRateLimiter, log } = options;
  let broker: Broker | undefined;
  let isHalted = false;
  const secure = createTlsServer({
    cert: authority.server.certificate,
    key: authority.server.privateKey,
    requestCert: true,
    // The handshake shows that the key belongs to the certificate. Whether that may connect is for the
    // registry to say, which knows each by its fingerprint, also those that another authority made.
    rejectUnauthorized: false,
    handshakeTimeout: options.handshakeMsMax ?? handshakeMs,
  });
  const failed = rateLimitedLog(log);
  // Also when it takes too long: the server only tells us, and nobody else would ever close the socket.
  secure.on("tlsClientError", (error, socket) => {
    failed("TLS handshake failed", { reason: error.message });
    socket.destroy();
  });
  secure.on("secureConnection", (socket) => {
    const id = principalOf(socket);
    const isActive = id !== undefined && registry.certificates.get(id)?.status === "ACTIVE";
    if (broker === undefined || !isActive) {
      if (broker !== undefined) failed("certificate refused", { certificate: id });
      socket.on("error", () => {}).destroy();
      return;
    }
    broker.handle(socket, devicePeer(id, socket.remoteAddress ?? "", options));
  });

  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    // Before anything is made for it: a herd that is turned away must not keep this thread from others.
    if (isHalted || !connectRateLimiter.tryAcquire()) {
      socket.resetAndDestroy();
      return;
    }
    sockets.add(socket.once("close", () => sockets.delete(socket)));
    secure.emit("connection", socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(options.port, "127.0.0.1", resolve);
  });
  return {
    port: portOf(server.address()),
    open(to) {
      broker = to;
      isHalted = false;
    },
    halt() {
      isHalted = true;
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === "object" && address !== null ? address.port : 0;

const principalOf = (socket: TLSSocket): string | undefined => {
  const raw = socket.getPeerX509Certificate()?.raw;
  return raw && certificateId(raw);
};

/**
 * A device, as its certificate and the things and policies that are attached to that say when it connects.
 * IoT Core takes up a change of these in some minutes; here it counts for the next connection.
 */
const devicePeer = (
  principal: string,
  address: string,
  { registry, policies, arnPrefix, log }: MqttListenerOptions,
): Peer => ({
  principal,
  address,
  permissionsFor(clientId) {
    const certificate = registry.certificates.get(principal);
    const names = certificate?.policies ?? [];
    const documents = names.flatMap((name) => policies.get(name) ?? []);
    if (documents.length < names.length)
      log("policy not found", { names, certificate: principal }, "warn");
    const isAttached = certificate?.things.includes(clientId) ?? false;
    const thing = isAttached ? registry.things.get(clientId) : undefined;
    return permissions(documents, { subject: { clientId, ...(thing && { thing }) }, arnPrefix });
  },
});
