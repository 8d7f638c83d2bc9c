import * as http from "node:http";
import * as https from "node:https";
import { canaryReplyBytesMax } from "../canary/limits.ts";
import { type CanaryApi, StreamRefused } from "../canary/ports.ts";
import { parseJson } from "../platform/parseJson.ts";

interface Options {
  /** The URL of the API, without a slash at its end. */
  readonly url: string;
  readonly token: string;
  /** Identifies the client of this run: a stream does not continue that of the last run. */
  readonly agent: string;
}

/**
 * The REST API, by HTTP as any client uses it. Each request has its own connection: one that an
 * earlier run has left may have been closed while the environment was frozen.
 */
export const httpCanaryApi = ({ url, token, agent }: Options): CanaryApi => {
  const open = (
    { method, path, body }: { method: string; path: string; body?: string },
    signal: AbortSignal,
  ): Promise<http.IncomingMessage> => {
    const target = new URL(`${url}${path}`);
    const headers = {
      authorization: `Bearer ${token}`,
      "user-agent": agent,
      ...(body !== undefined && {
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(body)),
      }),
    };
    const options = { method, headers, signal, agent: false } as const;
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
    const send = target.protocol === "https:" ? https.request : http.request;
    send(target, options, resolve).on("error", reject).end(body);
    return promise;
  };
  return {
    async send({ method, path, body }, signal) {
      const text = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await open({ method, path, ...text }, signal);
      const json = parseJson(await read(response));
      if (json === undefined) throw new Error(`${path}: the response is not JSON`);
      return { status: response.statusCode ?? 0, body: json };
    },
    async follow(path, onData, signal) {
      const response = await open({ method: "GET", path }, signal);
      if (response.statusCode !== 200) {
        response.destroy();
        throw new StreamRefused(response.statusCode ?? 0);
      }
      await readEvents(response, onData);
    },
  };
};

/** Reads a response of up to `canaryReplyBytesMax` bytes. */
const read = async (response: http.IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    const piece = Buffer.from(chunk);
    bytes += piece.length;
    if (bytes > canaryReplyBytesMax) throw new Error("the response is too large");
    chunks.push(piece);
  }
  return Buffer.concat(chunks).toString("utf8");
};

/**
 * Passes on the JSON of each `data` field. Resolves with the first chunk; the stream then continues
 * until its request ends.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
const readEvents = (
  response: http.IncomingMessage,
  onData: (data: unknown) => void,
): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let rest = "";
  response.setEncoding("utf8");
  response.on("data", (chunk: string) => {
    resolve();
    const lines = (rest + chunk).split("\n");
    rest = (lines.pop() ?? "").slice(0, canaryReplyBytesMax);
    for (const line of lines) {
      if (line.startsWith("data:")) onData(parseJson(line.slice("data:".length)));
    }
  });
  response.on("error", reject);
  response.on("end", () => reject(new Error("the stream ended")));
  return promise;
};
