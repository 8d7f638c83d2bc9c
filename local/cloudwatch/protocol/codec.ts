import { cbor, dateToTag, tagSymbol } from "@smithy/core/cbor";
import type { AwsRequest, AwsResponse } from "../../http/awsRequest.ts";
import { invalidParameter } from "./errors.ts";

/** How requests and responses of a protocol are written. */
export interface Codec {
  readonly operationOf: (request: Pick<AwsRequest, "headers" | "url">) => string;
  readonly decode: (body: Buffer) => unknown;
  readonly encode: (output: object) => AwsResponse["body"];
  readonly headers: AwsResponse["headers"];
}

const jsonPrefix = "GraniteServiceVersion20100801.";
const cborPrefix = "/service/GraniteServiceVersion20100801/operation/";

/** The protocol of a request: AWS JSON 1.0, or Smithy RPC v2 CBOR. */
export const codecOf = ({ headers }: Pick<AwsRequest, "headers">): Codec =>
  headers["smithy-protocol"] === "rpc-v2-cbor" ? cborCodec : jsonCodec;

/** https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html */
const jsonCodec: Codec = {
  operationOf({ headers }) {
    const target = headers["x-amz-target"] ?? "";
    return target.startsWith(jsonPrefix) ? target.slice(jsonPrefix.length) : target;
  },
  decode: (body) => JSON.parse(body.toString() || "{}"),
  encode: (output) => JSON.stringify(withTimes(output, (date) => date.getTime() / 1_000)),
  headers: { "content-type": "application/x-amz-json-1.0" },
};

/** https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html */
const cborCodec: Codec = {
  operationOf({ url }) {
    const [path = ""] = url.split("?");
    return path.startsWith(cborPrefix) ? path.slice(cborPrefix.length) : path;
  },
  decode(body) {
    if (body.length === 0) return {};
    try {
      return withoutTags(cbor.deserialize(body));
    } catch {
      throw invalidParameter("The body is not valid CBOR.");
    }
  },
  encode: (output) => cbor.serialize(withTimes(output, dateToTag)),
  headers: { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" },
};

/** Replaces each date of an output. */
const withTimes = (value: unknown, replace: (date: Date) => unknown): unknown => {
  if (value instanceof Date) return replace(value);
  if (Array.isArray(value)) return value.map((each) => withTimes(each, replace));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.map(([name, each]) => [name, withTimes(each, replace)]));
};

/** Replaces the tag of a time (1) by its seconds. */
const withoutTags = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutTags);
  if (typeof value !== "object" || value === null) return value;
  if (tagSymbol in value) return Reflect.get(value, "value");
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withoutTags(each)]));
};
