import { Agent, request } from "node:http";
import { AwsError } from "../awsJson.ts";

/** What the rule engine needs of S3. */
export interface S3Client {
  /** Resolves once the object is stored. Fails with an `AwsError` when the bucket refuses it. */
  put(bucket: string, key: string, body: string): Promise<void>;
  close(): void;
}

const callsAtOnceMax = 32;

/** An S3 client for the buckets at `url`. */
export const s3Client = (url: string): S3Client => {
  const agent = new Agent({ keepAlive: true, maxSockets: callsAtOnceMax });
  const { hostname, port } = new URL(url);
  return {
    put: (bucket, key, body) =>
      new Promise((resolve, reject) => {
        const path = `/${[bucket, ...key.split("/")].map(encodeURIComponent).join("/")}`;
        const headers = {
          "content-type": "application/octet-stream",
          "content-length": Buffer.byteLength(body),
        };
        request({ agent, hostname, port, method: "PUT", path, headers })
          .on("response", (response) => {
            const status = response.statusCode ?? 0;
            const refused = () =>
              new AwsError(`PutObject: ${status}`, { code: "PutObject", status });
            response.on("error", reject);
            response.on("end", () => (status === 200 ? resolve() : reject(refused())));
            response.resume();
          })
          .on("error", reject)
          .end(body);
      }),
    close: () => agent.destroy(),
  };
};
