import type { AwsRequest } from "../../http/awsRequest.ts";
import { invalidArgument } from "../errors.ts";

/** The bucket, key and parameters of a path-style request. */
export interface Address {
  /** Empty for the list of buckets. */
  readonly bucket: string;
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
}

export const addressOf = ({ url }: Pick<AwsRequest, "url">): Address => {
  const [path = "", search = ""] = url.split(/\?(.*)/s);
  const [, bucket = "", key = ""] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  return { bucket: decoded(bucket), key: decoded(key), query: new URLSearchParams(search) };
};

/** The bucket and key of the header `x-amz-copy-source`. */
export const copySource = (header: string): Address => {
  const path = header.startsWith("/") ? header : `/${header}`;
  const source = addressOf({ url: path });
  if (source.query.size > 0) throw invalidArgument("versions of objects are not supported here");
  return source;
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidArgument("the path is not UTF-8");
  }
};
