import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** A request that a fake API has received. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly token: string | undefined;
  readonly lastEventId: string | undefined;
}

export interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Writes the reply itself, for example a stream. */
  readonly stream?: (response: ServerResponse) => void;
}

const parsed = (text: string): unknown => (text === "" ? undefined : JSON.parse(text));

/** An API that answers by `"METHOD /path"`; everything else is 404, as in the API. */
export const fakeApi = async (
  answers: Readonly<Record<string, Answer | ((asked: Asked) => Answer)>>,
) => {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const given = await buffer(request);
    const isForm = request.headers["content-type"]?.startsWith("multipart/") ?? false;
    const one: Asked = {
      method: request.method ?? "",
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      // One character for each byte of a form.
      body: isForm ? given.toString("latin1") : parsed(given.toString()),
      token: request.headers.authorization?.replace("Bearer ", ""),
      lastEventId: request.headers["last-event-id"]?.toString(),
    };
    asked.push(one);
    const found = answers[`${one.method} ${one.path}`] ?? {
      status: 404,
      body: { ok: false, error: "not_found", error_description: `No ${one.path}` },
    };
    const {
      status = 200,
      body = {},
      headers,
      stream,
    } = typeof found === "function" ? found(one) : found;
    if (stream !== undefined) {
      response.writeHead(status, { "content-type": "text/event-stream" });
      stream(response);
      return;
    }
    response.writeHead(status, { "content-type": "application/json", ...headers });
    const isRaw = typeof body === "string" || Buffer.isBuffer(body);
    response.end(isRaw ? body : JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(stop);
  const { port } = server.address() as { port: number };
  return { api: `http://127.0.0.1:${port}`, asked, stop };
};
