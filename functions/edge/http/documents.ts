import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { acceptsEncoding } from "./acceptsEncoding.ts";

/** A request for a document, with the values of its headers. */
interface DocumentRequest {
  /** The URL of the API, which the document contains. */
  readonly api: string;
  readonly acceptEncoding: string;
  readonly ifNoneMatch: string;
}

interface DocumentReply {
  readonly statusCode: 200 | 304;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** The URLs of the API for which a worker keeps a document: a domain, its stage, an alias. */
const documentsKeptMax = 8;

/**
 * Serves a JSON document that depends only on the URL of the API: made and compressed once, with a
 * strong `ETag` for each encoding. Answers 304 if the client has it. RFC 9110, 8.8.3 and 13.1.2.
 */
export const serveDocument = (make: (api: string) => object) => {
  const made = new Map<string, { plain: Uint8Array; gzip: Uint8Array; hash: string }>();
  const encoded = (api: string) => {
    const known = made.get(api);
    if (known !== undefined) return known;
    const plain = new TextEncoder().encode(JSON.stringify(make(api)));
    const hash = createHash("sha256").update(plain).digest("base64url").slice(0, 22);
    const document = { plain, gzip: gzipSync(plain, { level: 9 }), hash };
    if (made.size >= documentsKeptMax) made.clear();
    made.set(api, document);
    return document;
  };
  return ({ api, acceptEncoding, ifNoneMatch }: DocumentRequest): DocumentReply => {
    const { plain, gzip, hash } = encoded(api);
    const isCompressed = acceptsEncoding(acceptEncoding, "gzip");
    const etag = isCompressed ? `"${hash}-gzip"` : `"${hash}"`;
    const headers = {
      etag,
      vary: "Accept-Encoding",
      "cache-control": "no-cache",
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "ETag",
      "x-content-type-options": "nosniff",
    };
    if (matches(ifNoneMatch, etag)) return { statusCode: 304, headers, body: new Uint8Array() };
    return {
      statusCode: 200,
      headers: {
        ...headers,
        "content-type": "application/json; charset=utf-8",
        ...(isCompressed && { "content-encoding": "gzip" }),
      },
      body: isCompressed ? gzip : plain,
    };
  };
};

/** Whether `If-None-Match` has a tag. It compares weak tags as strong ones. */
const matches = (header: string, etag: string): boolean =>
  header.split(",").some((each) => ["*", etag].includes(each.trim().replace(/^W\//, "")));
