import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { readInput } from "../../input/readInput.ts";
import { Failure } from "../../platform/failure.ts";
import { parseJson } from "../../platform/parseJson.ts";
import { keyDocumentsMax, signingKeysMax } from "../limits.ts";
import { type Envelope, payloadOf, publicKey, requireSigners } from "./envelope.ts";

/** The type of a key document in its envelope. */
export const keyDocumentType = "application/vnd.godwit.firmware-keys+json";

/**
 * The keys whose signatures make the firmware of a product valid. A document follows another one if
 * both sign it, as the root role of TUF does: https://theupdateframework.github.io/specification
 */
export const keyDocument = z
  .strictObject({
    product: z.int().check(z.positive()),
    /** 1, 2, … */
    number: z.int().check(z.minimum(1), z.maximum(keyDocumentsMax)),
    /** How many of the keys must sign. */
    threshold: z.int().check(z.minimum(1), z.maximum(signingKeysMax)),
    keys: z.array(publicKey).check(z.minLength(1), z.maxLength(signingKeysMax)),
    expires: z.optional(z.iso.datetime()),
  })
  .check(
    z.refine(({ threshold, keys }) => threshold <= keys.length, {
      message: "must not be larger than the number of keys",
      path: ["threshold"],
    }),
    z.refine(({ keys }) => new Set(keys.map(({ id }) => id)).size === keys.length, {
      message: "must be different keys",
      path: ["keys"],
    }),
    z.refine(({ keys }) => keys.every(({ id, public: raw }) => id === keyIdOf(raw)), {
      message: "must have the SHA-256 of the raw public key as the id",
      path: ["keys"],
    }),
  );

export type KeyDocument = z.output<typeof keyDocument>;

/** The id of a public key, from its raw bytes in base64. */
export const keyIdOf = (raw: string): string =>
  createHash("sha256").update(Buffer.from(raw, "base64")).digest("hex");

/** The document of an envelope, without a check of its signatures. */
export const readKeyDocument = (signed: Envelope): KeyDocument => {
  if (signed.payloadType !== keyDocumentType) {
    throw new Failure(`the payloadType of a key document must be ${keyDocumentType}`, {
      code: "invalid_request",
    });
  }
  return readInput(keyDocument, parseJson(payloadOf(signed).toString("utf8")));
};

/**
 * Verifies a key document of a product that follows `before`, or the first one. Fails with
 * `invalid_request` unless it has the next number, and the threshold of each of both documents has
 * signed it.
 */
export const verifyKeyDocument = (
  signed: Envelope,
  { product, before, now }: { product: number; before?: KeyDocument | undefined; now: number },
): KeyDocument => {
  const next = readKeyDocument(signed);
  const number = (before?.number ?? 0) + 1;
  if (next.product !== product) {
    throw invalid(`the key document is of the product ${next.product}, not of ${product}`);
  }
  if (next.number !== number) {
    throw invalid(`the key document has the number ${next.number}; the next one is ${number}`);
  }
  if (next.expires !== undefined && Date.parse(next.expires) <= now) {
    throw invalid(`the key document expired at ${next.expires}`);
  }
  if (before !== undefined) {
    requireSigners(signed, before, `for the document ${before.number}, the key document`);
  }
  requireSigners(signed, next, "the key document");
  return next;
};

const invalid = (message: string): Failure => new Failure(message, { code: "invalid_request" });

/**
 * Verifies the key documents of a product, oldest first, and returns the current one; `undefined`
 * for a product without keys. An expired document is not refused: its owner must be able to rotate
 * it.
 */
export const currentKeys = (
  product: number,
  documents: readonly Envelope[],
): KeyDocument | undefined => {
  let current: KeyDocument | undefined;
  for (const signed of documents) {
    current = verifyKeyDocument(signed, { product, before: current, now: 0 });
  }
  return current;
};

/** The key documents of products. */
export interface KeyDocuments {
  /** The documents of a product, oldest first. Strongly consistent. */
  list(product: number): Promise<Envelope[]>;
  /** Adds the document with this number. Fails with `conflict` if there is one. */
  add(product: number, number: number, signed: Envelope): Promise<void>;
  /** Removes all documents of a product. */
  removeAll(product: number): Promise<void>;
}
