import { type AddressInfo, createServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import type { Log } from "../../platform/log.ts";
import { rateLimitedLog } from "../../platform/rateLimitedLog.ts";
import type { Authority } from "../certificate/authority.ts";
import { certificateId } from "../certificate/x509.ts";
import { handshakeTimeoutMs } from "../limits.ts";
import { permissions } from "../policy/permissions.ts";
import type { Policies } from "../policy/policies.ts";
import type { Registry } from "../registry.ts";
import type { Broker } from "./broker.ts";
import type { BrokerMeter } from "./brokerMeter.ts";
import type { Peer } from "./connections.ts";
import type { ConnectRateLimiter } from "./connectRateLimiter.ts";

/** The device endpoint: MQTT over TLS with mutual authentication. */
export interface MqttListener {
  readonly port: number;
  /** Passes connections to the broker from now on; before, they are closed. */
  open(broker: Broker): void;
  /** Cuts every connection and rejects new ones until `open`. The port stays bound. */
  halt(): void;
  close(): Promise<void>;
}

export interface MqttListenerOptions {
  readonly port: number;
  readonly authority: Authority;
  readonly registry: Registry;
  readonly policies: Policies;
  /** ARN prefix before the resource: `arn:aws:iot:us-east-1:000000000000:`. */
  readonly arnPrefix: string;
  readonly connectRateLimiter: ConnectRateLimiter;
  readonly meter?: BrokerMeter;
  readonly log: Log;
  /** Timeout of a TLS handshake; default: `handshakeTimeoutMs` of the limits. */
  readonly handshakeMsMax?: number;
}

/** Binds the port at once, so that a port in use fails the start with Node.js's error. */
export const listenMqtt = async (options: MqttListenerOptions): Promise<MqttListener> => {
  const { authority, registry, connectRateLimiter, log } = options;
  let broker: Broker | undefined;
  let isHalted = false;
  const secure = createTlsServer({
    cert: authority.server.certificate,
    key: authority.server.privateKey,
    requestCert: true,
    // The handshake proves possession of the private key. The registry decides whether the
    // certificate, identified by its fingerprint, may connect; it may be from another authority.
    rejectUnauthorized: false,
    handshakeTimeout: options.handshakeMsMax ?? handshakeTimeoutMs,
  });
  const logFailure = rateLimitedLog(log);
  // Also on a timeout: Node.js only emits the event and does not close the socket.
  secure.on("tlsClientError", (error, socket) => {
    logFailure("TLS handshake failed", { reason: error.message });
    socket.destroy();
  });
  secure.on("secureConnection", (socket) => {
    const id = principalOf(socket);
    const isActive = id !== undefined && registry.certificates.get(id)?.status === "ACTIVE";
    if (broker === undefined || !isActive) {
      if (broker !== undefined) options.meter?.count("Connection.AuthNError");
      if (broker !== undefined) logFailure("certificate refused", { certificate: id });
      socket.on("error", () => {}).destroy();
      return;
    }
    broker.handle(socket, devicePeer(id, socket.remoteAddress ?? "", options));
  });

  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    // Before any other work: rejected connections of a mass reconnect must not occupy this thread.
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
 * A device with the permissions of its certificate, things and policies at the time it connects.
 * IoT Core applies later changes within minutes; here they apply to the next connection.
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
