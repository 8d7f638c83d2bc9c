import { Agent, request } from "node:http";
import { AwsError } from "../http/awsJsonClient.ts";
import { requestSigner, type Signing } from "../http/signRequest.ts";

/** The S3 operations of the rule engine and of the start. */
export interface S3Client {
  /** Resolves once the object is stored. Fails with an `AwsError` when the bucket refuses it. */
  put(bucket: string, key: string, body: string): Promise<void>;
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

  return {
    put: (bucket, key, body) => put(`/${encoded(`${bucket}/${key}`)}`, body),
    createBucket: (bucket) => put(`/${encoded(bucket)}`, ""),
    close: () => agent.destroy(),
  };
};

const encoded = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

const errorFrom = (path: string, status: number): AwsError =>
  new AwsError(`PUT ${path}: ${status}`, { code: "PutRefused", status });
