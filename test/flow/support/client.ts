import { readFile } from "node:fs/promises";
import { join } from "node:path";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { expect, onTestFinished } from "vitest";
import { mqttProblem, payloadProblem } from "./messageProblem.ts";

interface CloudEndpoints {
  readonly api: string;
  readonly mqtt: string;
  readonly state: string;
}

interface Identity {
  readonly id: string;
  readonly fleet: string;
  readonly certificate: string;
  readonly privateKey: string;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read responses of any shape.
  readonly body: any;
}

/** Returns a function that sends API requests. It sends an object as JSON, a string as a form. */
export const apiClient =
  ({ api }: Pick<CloudEndpoints, "api">, token?: string) =>
  async (
    method: string,
    path: string,
    body?: object | string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiResponse> => {
    const response = await fetch(`${api}${path}`, {
      method,
      headers: {
        ...headers,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && {
          "content-type":
            typeof body === "string" ? "application/x-www-form-urlencoded" : "application/json",
        }),
      },
      body: typeof body === "object" ? JSON.stringify(body) : body,
    });
    const text = await response.text();
    const parsed = text === "" ? undefined : JSON.parse(text);
    return { status: response.status, headers: response.headers, body: parsed };
  };

/**
 * Connects by MQTT 3.1.1 and mutual TLS. Rejects if the broker refuses the connection. Closes when
 * the test ends, which fails if a received message is not in the AsyncAPI document.
 */
export const connectDevice = async (
  { mqtt: address, state }: CloudEndpoints,
  { id, certificate, privateKey }: Identity,
  options: IClientOptions = {},
): Promise<MqttClient> => {
  const client = mqtt.connect(address, {
    clientId: id,
    protocolVersion: 4,
    ca: await readFile(join(state, "ca.pem")),
    cert: certificate,
    key: privateKey,
    reconnectPeriod: 0,
    ...options,
  });
  onTestFinished(() => client.endAsync(true));
  const problems: string[] = [];
  client.on("message", (topic, payload) => {
    const problem = mqttProblem(topic, payload);
    if (problem !== undefined) problems.push(problem);
  });
  onTestFinished(() => expect(problems).toEqual([]));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.once("connect", () => resolve());
  client.once("close", () => reject(new Error("the broker closed the connection")));
  client.on("error", reject);
  await promise;
  return client;
};

/** An open event stream and the text received so far. Closes when the test ends. */
export interface OpenStream {
  readonly status: number;
  readonly headers: Headers;
  text(): string;
  /** The last `id:` received, for `Last-Event-ID`. */
  lastId(): string | undefined;
  events(): { event: string; data: Record<string, unknown> }[];
  close(): void;
}

export const openStream = async (
  { api }: Pick<CloudEndpoints, "api">,
  path: string,
  token: string,
  more: Record<string, string> = {},
): Promise<OpenStream> => {
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const response = await fetch(`${api}${path}`, {
    headers: { authorization: `Bearer ${token}`, ...more },
    signal: abort.signal,
  });
  let text = "";
  const read = async () => {
    for await (const chunk of response.body!) text += Buffer.from(chunk).toString("utf8");
  };
  read().catch(() => {});
  const events = (): { event: string; data: Record<string, unknown> }[] =>
    text
      .split("\n\n")
      .map((frame) => /^event: (.*)\ndata: (.*)(?:\nid: .*)?$/.exec(frame))
      .flatMap((match) =>
        match === null ? [] : [{ event: match[1]!, data: JSON.parse(match[2]!) }],
      );
  onTestFinished(() => {
    const problems = events().map(({ data }) => payloadProblem(["streamedEvent"], data));
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });
  return {
    status: response.status,
    headers: response.headers,
    text: () => text,
    lastId: () => /.*\nid: (.*)\n\n/s.exec(`\n${text}`)?.[1],
    events,
    close: () => abort.abort(),
  };
};
