import { createServer, type ServerResponse } from "node:http";
import { listen } from "../../bench/system/listen.ts";

/** Handles the data of a received event. The request hangs until the handler ends the response. */
type Handle = (data: string, response: ServerResponse) => void;

/** The web server for all webhooks of a drill. Each webhook has its own path. */
export interface Target {
  /** Adds a path and returns its URL. */
  path(name: string, handle: Handle): string;
  stop(): Promise<void>;
}

// Longer than the idle time between events, so that connections are reused.
const keepAliveMs = 60_000;

/** Starts a web server on a free port of 127.0.0.1. */
export const startTarget = async (): Promise<Target> => {
  const handles = new Map<string, Handle>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const handle = handles.get(request.url ?? "");
      if (handle === undefined) response.writeHead(404).end();
      else handle(form.get("data") ?? "", response);
    });
  });
  server.keepAliveTimeout = keepAliveMs;
  const { url, stop } = await listen(server);
  return {
    path(name, handle) {
      handles.set(`/${name}`, handle);
      return `${url}${name}`;
    },
    stop,
  };
};
