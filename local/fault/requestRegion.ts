import type { IncomingMessage } from "node:http";

// `Credential=KEY/20260131/us-east-1/dynamodb/aws4_request`, in a header or, percent-encoded, in a URL.
const inHeader = /Credential=[^/,\s]+\/\d{8}\/([^/,\s]+)\//;
const inUrl = /[?&]X-Amz-Credential=[^%&]+%2F\d{8}%2F([^%&]+)%2F/i;

/** The region that a request was signed for; `undefined` when it does not say. */
export const requestRegion = ({ headers, url = "" }: IncomingMessage): string | undefined =>
  (inHeader.exec(headers.authorization ?? "") ?? inUrl.exec(url))?.[1];
