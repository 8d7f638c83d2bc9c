import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished } from "vitest";
import { webhookProblem } from "./messageProblem.ts";

/** A request that a webhook's target received. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** The body, parsed as a form. */
  readonly form: Readonly<Record<string, string>>;
}

export interface Target {
  readonly url: string;
  readonly received: ReceivedRequest[];
  /** The values of one form field, in the order of arrival. */
  values(field: string): string[];
  close(): Promise<void>;
}

/**
 * Starts a webhook's target. Closes when the test ends, which fails if a request of a webhook is
 * not in the AsyncAPI document. `answer` returns the status for the n-th request (from 0), or
 * `undefined` for no response.
 */
export const target = async (
  answer: (n: number) => number | undefined = () => 200,
  port = 0,
): Promise<Target> => {
  const received: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const status = answer(received.length);
      received.push({
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body,
        form: Object.fromEntries(new URLSearchParams(body)),
      });
      if (status !== undefined) response.writeHead(status).end();
    });
  });
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  onTestFinished(() => {
    const problems = received.map(({ headers, body }) => webhookProblem(headers, body));
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    });
  onTestFinished(async () => {
    if (server.listening) await close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    received,
    values: (field) => received.map(({ form }) => form[field] ?? ""),
    close,
  };
};
