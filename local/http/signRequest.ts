import { createHash, createHmac } from "node:crypto";
import type { Credentials } from "./signature.ts";

/** The signer of requests, and the service and region that they address. */
export interface Signing {
  readonly credentials: Credentials;
  readonly region: string;
  readonly service: string;
}

interface Unsigned {
  readonly method: string;
  readonly host: string;
  /** Percent-encoded as sent, without a query. */
  readonly path: string;
  readonly body: string;
}

/**
 * Returns a function that computes the Signature Version 4 headers of a request, for the clients of
 * this folder. The rule engine's client signs each batch of events, and the SDK's signer is several
 * times slower.
 */
export const requestSigner = ({ credentials, region, service }: Signing) => {
  let day = "";
  let key: Buffer = Buffer.alloc(0);
  return ({ method, host, path, body }: Unsigned): Record<string, string> => {
    const date = new Date().toISOString().replace(/\.\d+/, "").replaceAll(/[-:]/g, "");
    if (day !== date.slice(0, 8)) {
      day = date.slice(0, 8);
      key = [day, region, service, "aws4_request"].reduce(
        hmac,
        Buffer.from(`AWS4${credentials.secretAccessKey}`),
      );
    }
    const hash = sha256(body);
    const names = "host;x-amz-content-sha256;x-amz-date";
    const headers = [`host:${host}`, `x-amz-content-sha256:${hash}`, `x-amz-date:${date}`];
    const canonical = [method, path, "", ...headers, "", names, hash].join("\n");
    const scope = `${day}/${region}/${service}/aws4_request`;
    const text = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
    const signature = hmac(key, text).toString("hex");
    return {
      "x-amz-date": date,
      "x-amz-content-sha256": hash,
      authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    };
  };
};

const sha256 = (content: string): string => createHash("sha256").update(content).digest("hex");

const hmac = (key: Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
