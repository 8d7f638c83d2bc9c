import type { IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { AwsError } from "../http/awsJsonClient.ts";
import { Agent, request } from "../http/nodeHttp.ts";
import { requestSigner, type Signing } from "../http/signRequest.ts";

/** An object with its metadata. */
export interface ReadObject {
  readonly body: Buffer;
  readonly type: string;
  /** When it was stored last, as in a header. */
  readonly modified: string;
}

/** The S3 operations of the rule engine, of the start and of the status page. */
export interface S3Client {
  /** Resolves once the object is stored. Fails with an `AwsError` when the bucket refuses it. */
  put(bucket: string, key: string, body: string): Promise<void>;
  /** Reads an object; `undefined` if there is none. */
  get(bucket: string, key: string): Promise<ReadObject | undefined>;
  /** Creates a bucket; does nothing when it exists. */
  createBucket(bucket: string): Promise<void>;
  close(): void;
}

const concurrentCallsMax = 32;

/** An S3 client for the buckets at `url`. */
export const s3Client = (url: string, signing: Signing): S3Client => {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrentCallsMax });
  const { host, hostname, port } = new URL(url);
  const sign = requestSigner(signing);
  const put = (path: string, body: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = {
        "content-type": "application/octet-stream",
        "content-length": Buffer.byteLength(body),
        ...sign({ method: "PUT", host, path, body }),
      };
      request({ agent, hostname, port, method: "PUT", path, headers })
        .on("response", (response) => {
          const status = response.statusCode ?? 0;
          response.on("error", reject);
          response.on("end", () => (status === 200 ? resolve() : reject(errorFrom(path, status))));
          response.resume();
        })
        .on("error", reject)
        .end(body);
    });

  const get = async (path: string): Promise<ReadObject | undefined> => {
    const headers = sign({ method: "GET", host, path, body: "" });
    const answer = Promise.withResolvers<IncomingMessage>();
    request({ agent, hostname, port, method: "GET", path, headers })
      .on("response", answer.resolve)
      .on("error", answer.reject)
      .end();
    const response = await answer.promise;
    const body = await buffer(response);
    const { statusCode = 0, headers: found } = response;
    if (statusCode === 404) return undefined;
    if (statusCode !== 200) throw errorFrom(path, statusCode, "GET");
    return {
      body,
      type: found["content-type"] ?? "application/octet-stream",
      modified: found["last-modified"] ?? "",
    };
  };

  return {
    get: (bucket, key) => get(`/${encoded(`${bucket}/${key}`)}`),
    put: (bucket, key, body) => put(`/${encoded(`${bucket}/${key}`)}`, body),
    createBucket: (bucket) => put(`/${encoded(bucket)}`, ""),
    close: () => agent.destroy(),
  };
};

const encoded = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

const errorFrom = (path: string, status: number, method = "PUT"): AwsError =>
  new AwsError(`${method} ${path}: ${status}`, { code: "Refused", status });
