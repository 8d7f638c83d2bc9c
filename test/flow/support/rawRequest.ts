import { request } from "node:http";
import { replyProblem } from "./replyProblem.ts";

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

/**
 * Sends a request with `node:http`, which allows paths and headers that `fetch` rejects, and
 * compares the reply with the definition of its route.
 */
export const sendRaw = (api: string, { method, path, headers, body }: RawRequest) =>
  new Promise<RawResponse>((resolve, reject) => {
    const { hostname, port } = new URL(api);
    const outgoing = request({ hostname, port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        // An event stream does not end: the response is complete when the stream opens.
        if (response.headers["content-type"] === "text/event-stream") outgoing.destroy();
      });
      response.on("close", () => {
        const reply = {
          status: response.statusCode ?? 0,
          type: response.headers["content-type"] ?? "",
          text: Buffer.concat(chunks).toString("utf8"),
        };
        const problem = replyProblem({ method, path, ...reply });
        if (problem === undefined) resolve(reply);
        else reject(new Error(problem));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
