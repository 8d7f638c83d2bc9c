import type { IncomingMessage } from "node:http";
import * as z from "zod";
import { Agent, request } from "./nodeHttp.ts";
import { requestSigner, type Signing } from "./signRequest.ts";

/** An error response of an AWS service. */
export class AwsError extends Error {
  override readonly name = "AwsError";
  /** The exception name as in AWS, without a namespace: `ResourceNotFoundException`. */
  readonly code: string;
  readonly status: number;

  constructor(message: string, { code, status }: { code: string; status: number }) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** A client for one AWS service that uses the AWS JSON protocol. */
export interface AwsJsonClient {
  /**
   * Fails with an `AwsError` when the service returns an error, and with Node.js's error when the
   * service cannot be reached.
   */
  call(action: string, input: object, signal?: AbortSignal): Promise<unknown>;
  close(): void;
}

export interface AwsJsonClientOptions {
  /** The base URL of the service, such as `http://127.0.0.1:4566`. */
  readonly url: string;
  readonly signing: Signing;
  /** The prefix of the action in `x-amz-target`, such as `AmazonSQS`. */
  readonly target: string;
  readonly version: "1.0" | "1.1";
  /** Maximum number of concurrent calls; further calls wait. */
  readonly socketsMax: number;
}

/** A minimal client for the local emulators. It keeps its connections open. */
export const awsJsonClient = ({
  url,
  signing,
  target,
  version,
  socketsMax,
}: AwsJsonClientOptions): AwsJsonClient => {
  const agent = new Agent({ keepAlive: true, maxSockets: socketsMax });
  const { host, hostname, port } = new URL(url);
  const sign = requestSigner(signing);
  const send = (action: string, body: string, signal?: AbortSignal) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const headers = {
        "content-type": `application/x-amz-json-${version}`,
        "content-length": Buffer.byteLength(body),
        "x-amz-target": `${target}.${action}`,
        "user-agent": userAgent,
        ...sign({ method: "POST", host, path: "/", body }),
      };
      const handleResponse = async (response: IncomingMessage) => {
        const text = await read(response);
        resolve({ status: response.statusCode ?? 0, text });
      };
      request({ agent, hostname, port, method: "POST", path: "/", headers, signal })
        .on("response", (response) => void handleResponse(response).catch(reject))
        .on("error", reject)
        .end(body);
    });

  return {
    async call(action, input, signal) {
      const { status, text } = await send(action, JSON.stringify(input), signal);
      return readAwsJson(action, status, text);
    },
    close: () => agent.destroy(),
  };
};

/**
 * Identifies requests of the rule engine for metering: this client batches messages that IoT Core
 * would send one by one.
 */
export const userAgent = "godwit-local";

const read = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

const failure = z.object({ __type: z.string(), message: z.string().optional() });

/**
 * The output of an operation. Fails with an `AwsError` when the response is an error of the AWS
 * JSON protocol.
 */
export const readAwsJson = (action: string, status: number, text: string): unknown => {
  if (status === 200) return text === "" ? {} : JSON.parse(text);
  throw errorFrom(action, status, text);
};

const errorFrom = (action: string, status: number, text: string): AwsError => {
  const { __type, message } = failure
    .catch({ __type: "Unknown", message: text })
    .parse(tryJson(text));
  const code = __type.replace(/^.*#/, "");
  return new AwsError(`${action}: ${code} ${message ?? ""}`.trimEnd(), { code, status });
};

const tryJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
