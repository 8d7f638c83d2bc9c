import { createHash } from "node:crypto";
import { type CallPolicy, openCaller, ServiceError } from "./call.ts";
import { openEndpoint } from "./endpoint.ts";
import { encodePart, queryText } from "./restCaller.ts";
import { escaped, textsOf } from "./xml.ts";

interface ObjectInput {
  readonly bucket: string;
  readonly key: string;
}

interface ListInput {
  readonly bucket: string;
  readonly prefix: string;
  /** At most 1,000. */
  readonly max: number;
  /** Keys after this one. */
  readonly after?: string | undefined;
}

/**
 * The operations of S3 that functions use, with paths in place of host names: the local S3 supports
 * only these. They fail with a `ServiceError`.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
export interface Buckets {
  put(input: ObjectInput & { body: Uint8Array; type?: string; tags?: string }): Promise<void>;
  /** Fails with `NoSuchKey` if the object does not exist. */
  get(input: ObjectInput): Promise<Buffer>;
  /** Whether an object exists. */
  has(input: ObjectInput): Promise<boolean>;
  /**
   * Reads `length` bytes from `offset`, or fewer at the end of the object. Fails with
   * `InvalidRange` if the object ends before `offset`.
   */
  getRange(input: ObjectInput & { offset: number; length: number }): Promise<Buffer>;
  /** Copies an object within its bucket. */
  copy(input: ObjectInput & { to: string }): Promise<void>;
  delete(input: ObjectInput): Promise<void>;
  /**
   * Deletes up to 1,000 objects. Missing objects count as deleted. Fails unless all are deleted.
   */
  deleteAll(bucket: string, keys: readonly string[]): Promise<void>;
  /** Lists keys in their order. */
  list(input: ListInput): Promise<{ keys: string[]; isTruncated: boolean }>;
}

const responseBytesMax = 268_435_456;

/** The buckets of this region, or of another one if given. */
export const openBucketClient = (policy: CallPolicy, region?: string): Buckets => {
  const caller = openCaller("s3", policy, {
    responseBytesMax,
    ...(region !== undefined && { region }),
  });
  const endpoint = openEndpoint("S3", "s3", region);
  const call = (
    method: string,
    path: string,
    { query = "", headers = {}, body = "" }: Request = {},
  ): Promise<string> => caller.send(endpoint(), { method, path, query, headers, body });
  return {
    async put({ body, type = "application/octet-stream", tags, ...object }) {
      const headers = {
        "content-type": type,
        ...(tags !== undefined && { "x-amz-tagging": tags }),
      };
      await call("PUT", pathOf(object), { headers, body });
    },
    get: (object) =>
      caller.sendForBytes(endpoint(), {
        method: "GET",
        path: pathOf(object),
        headers: {},
        body: "",
      }),
    async has(object) {
      try {
        await call("HEAD", pathOf(object));
        return true;
      } catch (error) {
        // A response to HEAD has no body, and so no name of the error.
        if (error instanceof ServiceError && error.$metadata.httpStatusCode === 404) return false;
        throw error;
      }
    },
    getRange: ({ offset, length, ...object }) =>
      caller.sendForBytes(endpoint(), {
        method: "GET",
        path: pathOf(object),
        headers: { range: `bytes=${offset}-${offset + length - 1}` },
        body: "",
      }),
    async copy({ bucket, key, to }) {
      const headers = { "x-amz-copy-source": pathOf({ bucket, key }) };
      const reply = await call("PUT", pathOf({ bucket, key: to }), { headers });
      refuseError(reply);
    },
    async delete(object) {
      await call("DELETE", pathOf(object));
    },
    async deleteAll(bucket, keys) {
      const objects = keys.map((key) => `<Object><Key>${escaped(key)}</Key></Object>`);
      const body = `<Delete xmlns="${namespace}"><Quiet>true</Quiet>${objects.join("")}</Delete>`;
      const headers = {
        "content-type": "application/xml",
        "content-md5": createHash("md5").update(body).digest("base64"),
      };
      const reply = await call("POST", bucketPath(bucket), { query: "delete=", headers, body });
      refuseError(reply);
    },
    async list({ bucket, prefix, max, after }) {
      const query = { "list-type": 2, "max-keys": max, prefix, "start-after": after };
      const xml = await call("GET", bucketPath(bucket), { query: queryText(query) });
      return {
        keys: textsOf(xml, "Key"),
        isTruncated: textsOf(xml, "IsTruncated")[0] === "true",
      };
    },
  };
};

interface Request {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

/** The percent-encoded path of an object, with its bucket. */
export const objectPath = (object: ObjectInput): string => pathOf(object);

const bucketPath = (bucket: string): string => `/${encodePart(bucket)}`;

const pathOf = ({ bucket, key }: ObjectInput): string =>
  `${bucketPath(bucket)}/${key.split("/").map(encodePart).join("/")}`;

/** A response with status 200 may contain an error. */
const refuseError = (xml: string): void => {
  if (!xml.includes("<Error>")) return;
  const [code = "UnknownError"] = textsOf(xml, "Code");
  const [key = ""] = textsOf(xml, "Key");
  const [text = ""] = textsOf(xml, "Message");
  throw new ServiceError(code, { message: `${key}: ${code} ${text}`, status: 200 });
};
