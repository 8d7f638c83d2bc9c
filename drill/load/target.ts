import { createServer, type ServerResponse } from "node:http";
import { listen } from "../../bench/system/listen.ts";

/** What a webhook's path does with the data of an event that came. Who does not answer lets it hang. */
type Handle = (data: string, response: ServerResponse) => void;

/** The web server that all webhooks of a drill go to, each to a path of its own. */
export interface Target {
  /** Where a webhook goes for which `handle` is asked. */
  path(name: string, handle: Handle): string;
  stop(): Promise<void>;
}

// An idle connection is not to end just when it is used again.
const keepAliveMs = 60_000;

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
