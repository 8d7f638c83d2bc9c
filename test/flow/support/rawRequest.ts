import { request } from "node:http";

interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string | Buffer | undefined;
}

interface RawResponse {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Sends a request with Node's own client, which sends paths and headers that `fetch` would not. */
export const sendRaw = (api: string, { method, path, headers, body }: RawRequest) =>
  new Promise<RawResponse>((resolve, reject) => {
    const { hostname, port } = new URL(api);
    const asked = request({ hostname, port, method, path, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        // A stream that opens is an answer; it has no end.
        if (answer.headers["content-type"] === "text/event-stream") asked.destroy();
      });
      answer.on("close", () =>
        resolve({
          status: answer.statusCode ?? 0,
          type: answer.headers["content-type"] ?? "",
          text: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    });
    asked.on("error", reject);
    asked.end(body);
  });
