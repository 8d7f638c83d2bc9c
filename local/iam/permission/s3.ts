import { type Permission, UnknownAction } from "./permission.ts";

/** A request to S3, with its bucket and key as it names them. */
export interface S3Request {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The keys that the body of `DeleteObjects` names. */
  readonly keys: () => readonly string[];
  /** The bucket and key of the header `x-amz-copy-source`, if there is one. */
  readonly source?: { readonly bucket: string; readonly key: string } | undefined;
}

/**
 * The permissions that a request to S3 needs.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 */
export const s3Permissions = (request: S3Request): Permission[] => {
  const { bucket, key } = request;
  if (bucket === "") return [{ action: "s3:ListAllMyBuckets", resource: "*" }];
  return key === "" ? onBucket(request) : onObject(request);
};

const bucketArn = (bucket: string): string => `arn:aws:s3:::${bucket}`;

const objectArn = (bucket: string, key: string): string => `${bucketArn(bucket)}/${key}`;

const onBucket = ({ method, bucket, query, keys }: S3Request): Permission[] => {
  const resource = bucketArn(bucket);
  if (method === "PUT") return [{ action: "s3:CreateBucket", resource }];
  if (method === "DELETE") return [{ action: "s3:DeleteBucket", resource }];
  if (method === "HEAD") return [{ action: "s3:ListBucket", resource, context: listing(query) }];
  if (method === "POST" && query.has("delete")) {
    return keys().map((key) => ({ action: "s3:DeleteObject", resource: objectArn(bucket, key) }));
  }
  if (method === "GET" && query.has("location")) {
    return [{ action: "s3:GetBucketLocation", resource }];
  }
  if (method === "GET" && query.has("uploads")) {
    return [{ action: "s3:ListBucketMultipartUploads", resource }];
  }
  if (method === "GET") return [{ action: "s3:ListBucket", resource, context: listing(query) }];
  throw new UnknownAction("S3", `${method} on a bucket`);
};

/** The parameters of a list that conditions can refer to. */
const listing = (query: URLSearchParams) =>
  Object.fromEntries(
    ["prefix", "delimiter", "max-keys"].flatMap((name) => {
      const value = query.get(name);
      return value === null ? [] : [[`s3:${name}`, value]];
    }),
  );

const onObject = ({ method, bucket, key, query, headers, source }: S3Request): Permission[] => {
  const resource = objectArn(bucket, key);
  const isUpload = query.has("uploadId");
  switch (method) {
    case "GET":
      return [{ action: isUpload ? "s3:ListMultipartUploadParts" : "s3:GetObject", resource }];
    case "HEAD":
      return [{ action: "s3:GetObject", resource }];
    case "DELETE":
      return [{ action: isUpload ? "s3:AbortMultipartUpload" : "s3:DeleteObject", resource }];
    case "POST":
      return [{ action: "s3:PutObject", resource }, ...tagging(resource, headers)];
    case "PUT": {
      const copied = source && objectArn(source.bucket, source.key);
      return [
        { action: "s3:PutObject", resource },
        ...(copied === undefined ? [] : [{ action: "s3:GetObject", resource: copied }]),
        ...tagging(resource, headers),
      ];
    }
  }
  throw new UnknownAction("S3", `${method} on an object`);
};

/** An upload with tags also needs the permission to tag. */
const tagging = (resource: string, headers: S3Request["headers"]): Permission[] =>
  headers["x-amz-tagging"] === undefined ? [] : [{ action: "s3:PutObjectTagging", resource }];

/**
 * What a reader of a missing object needs to learn that it is missing: without it, S3 answers 403
 * in place of 404. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export const missingObjectPermissions = ({
  bucket,
  key,
}: Pick<S3Request, "bucket" | "key">): Permission[] => [
  { action: "s3:ListBucket", resource: bucketArn(bucket), context: { "s3:prefix": key } },
];
