import { once } from "node:events";
import * as http from "node:http";
import * as net from "node:net";
import { expect, onTestFinished } from "vitest";
import type { TargetRequest } from "#shared/target/target.ts";

/**
 * Starts a server on loopback and returns its port. It is stopped, with its connections, after the
 * test.
 */
export const listen = async (server: net.Server, host = "127.0.0.1"): Promise<number> => {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, host);
  await once(server, "listening");
  return (server.address() as net.AddressInfo).port;
};

/** A port of loopback that refuses connections. */
export const closedPort = async (): Promise<number> => {
  const server = net.createServer();
  const port = await listen(server);
  server.close();
  return port;
};

/** An HTTP server that keeps connections open as long as its client does. */
export const target = async (handle: http.RequestListener): Promise<string> =>
  `http://127.0.0.1:${await listen(http.createServer({ keepAliveTimeout: 0 }, handle))}/hook`;

/** A server that violates HTTP. */
export const rawTarget = async (handle: (socket: net.Socket) => void): Promise<string> =>
  `http://127.0.0.1:${await listen(net.createServer(handle))}/`;

export const request = (url: string, given: Partial<TargetRequest> = {}): TargetRequest => ({
  method: "POST",
  url,
  headers: { "x-a": "1" },
  rejectUnauthorized: true,
  ...given,
});

export const unavailable = (message: RegExp) =>
  expect.objectContaining({ code: "target_unavailable", message: expect.stringMatching(message) });

export const refused = expect.objectContaining({ code: "target_refused" });

export const readAll = async (stream: http.IncomingMessage): Promise<string> =>
  Buffer.concat(await stream.toArray()).toString();
