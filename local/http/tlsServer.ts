import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import { closeHttp, listenHttp, requestTimeouts } from "./httpServer.ts";
import { connectionsMax } from "./limits.ts";

/** A certificate and its private key, in PEM. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface TlsServer {
  /** `https://127.0.0.1:…` */
  readonly url: string;
  stop(): Promise<void>;
}

/** Listens with TLS on any free port of 127.0.0.1. */
export const listenTls = async (
  { certificate, privateKey }: TlsIdentity,
  listener: RequestListener,
): Promise<TlsServer> => {
  const options = { ...requestTimeouts(), cert: certificate, key: privateKey };
  const server = createServer(options, listener);
  server.maxConnections = connectionsMax;
  // A failed handshake concerns only its client.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  const { port } = new URL(await listenHttp(server));
  return { url: `https://127.0.0.1:${port}`, stop: () => closeHttp(server) };
};
