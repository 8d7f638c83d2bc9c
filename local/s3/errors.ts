import { RestFailure } from "../http/restFailure.ts";
import type { SignatureProblem } from "../http/signature.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList */
const errors = {
  NoSuchBucket: [404, "The specified bucket does not exist"],
  NoSuchKey: [404, "The specified key does not exist."],
  NoSuchUpload: [
    404,
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
  ],
  BucketNotEmpty: [409, "The bucket you tried to delete is not empty"],
  PreconditionFailed: [412, "At least one of the pre-conditions you specified did not hold"],
  InvalidRange: [416, "The requested range is not satisfiable"],
  BadDigest: [
    400,
    "The Content-MD5 or checksum value that you specified did not match what the server received.",
  ],
  IncompleteBody: [400, "You did not provide the number of bytes specified by the header."],
  EntityTooLarge: [400, "Your proposed upload exceeds the maximum allowed size"],
  KeyTooLongError: [400, "Your key is too long"],
  MetadataTooLarge: [400, "Your metadata headers exceed the maximum allowed metadata size"],
  InvalidTag: [400, "The tag provided was not a valid tag."],
  MalformedXML: [
    400,
    "The XML you provided was not well-formed or did not validate against our published schema",
  ],
  InvalidRequest: [
    400,
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata.",
  ],
  InvalidPartOrder: [
    400,
    "The list of parts was not in ascending order. Parts must be ordered by part number.",
  ],
  EntityTooSmall: [400, "Your proposed upload is smaller than the minimum allowed size"],
  InvalidPart: [400, "One or more of the specified parts could not be found."],
  InvalidBucketName: [400, "The specified bucket is not valid."],
  TooManyUploads: [503, "Too many multipart uploads are in progress."],
} satisfies Record<string, readonly [number, string]>;

export const s3Failure = (code: keyof typeof errors): RestFailure => {
  const [status, message] = errors[code];
  return new RestFailure(message, { status: Number(status), code });
};

export const invalidArgument = (message: string): RestFailure =>
  new RestFailure(message, { status: 400, code: "InvalidArgument" });

export const notImplemented = (what: string): RestFailure =>
  new RestFailure(`${what} is not supported here`, { status: 501, code: "NotImplemented" });

/** What S3 answers to an invalid signature: status, code and text. */
export const signatureErrors: Readonly<
  Record<SignatureProblem, readonly [status: number, code: string, message: string]>
> = {
  unsigned: [403, "AccessDenied", "Access Denied"],
  unknownKey: [
    403,
    "InvalidAccessKeyId",
    "The AWS Access Key Id you provided does not exist in our records.",
  ],
  expired: [403, "AccessDenied", "Request has expired"],
  notYetValid: [403, "AccessDenied", "Request is not yet valid"],
  skewed: [
    403,
    "RequestTimeTooSkewed",
    "The difference between the request time and the current time is too large.",
  ],
  badExpiry: [
    400,
    "AuthorizationQueryParametersError",
    "X-Amz-Expires must be a number from 0 to a week (in seconds), 604800",
  ],
  wrongScope: [
    400,
    "AuthorizationQueryParametersError",
    "Error parsing the X-Amz-Credential parameter; the date, region or service is wrong",
  ],
  mismatch: [
    403,
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  ],
};
