import { createHash } from "node:crypto";
import { keyDocumentsMax, signingKeysMax } from "../limits.ts";
import { isObject, parseObject } from "../platform/json.ts";
import {
  countSigners,
  type Envelope,
  parseBase64,
  parseEnvelope,
  readPublicKey,
  type SigningKey,
} from "./envelope.ts";
import { UpdateFailure } from "./updateFailure.ts";

const payloadType = "application/vnd.godwit.firmware-keys+json";

/**
 * The keys that sign the firmware of a product. A newer document is valid if the threshold of the
 * current document and its own threshold have signed it, as in the root role of TUF
 * (https://theupdateframework.github.io/specification/latest/#update-root).
 */
export interface KeyDocument {
  readonly product: number;
  /** 1, 2, … */
  readonly number: number;
  /** Keys that must sign. */
  readonly threshold: number;
  readonly keys: readonly SigningKey[];
  /** Milliseconds since 1970. */
  readonly expiresAt: number | undefined;
  /** The signed document, to store. */
  readonly envelope: unknown;
}

/**
 * Reads a key document from its envelope (an object or JSON) and verifies its own signatures.
 * Returns `undefined` if it is no key document or its threshold has not signed it.
 */
export const readKeyDocument = (given: unknown): KeyDocument | undefined =>
  parseSigned(given)?.document;

interface SignedKeyDocument {
  readonly document: KeyDocument;
  readonly envelope: Envelope;
}

const parseSigned = (given: unknown): SignedKeyDocument | undefined => {
  const value = typeof given === "string" ? parseObject(given) : given;
  const envelope = parseEnvelope(value);
  if (envelope === undefined || envelope.payloadType !== payloadType) return undefined;
  const { product, number, threshold, keys, expires } =
    parseObject(envelope.payload.toString("utf8")) ?? {};
  if (!isPositive(product) || !isPositive(number) || !isPositive(threshold)) return undefined;
  const signing = parseKeys(keys);
  if (signing === undefined || signing.length < threshold) return undefined;
  const expiresAt = typeof expires === "string" ? Date.parse(expires) : undefined;
  if (Number.isNaN(expiresAt) || (expires !== undefined && expiresAt === undefined)) {
    return undefined;
  }
  if (countSigners(envelope, signing) < threshold) return undefined;
  const document = { product, number, threshold, keys: signing, expiresAt, envelope: value };
  return { document, envelope };
};

const isPositive = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0;

/** Returns the keys by distinct id, or `undefined` if one of them is malformed. */
const parseKeys = (value: unknown): SigningKey[] | undefined => {
  if (!Array.isArray(value) || value.length > signingKeysMax) return undefined;
  const keys = new Map<string, SigningKey>();
  for (const each of value) {
    const raw = isObject(each) ? parseBase64(each.public) : undefined;
    if (!isObject(each) || typeof each.id !== "string" || raw?.length !== 32) return undefined;
    if (createHash("sha256").update(raw).digest("hex") !== each.id) return undefined;
    keys.set(each.id, { id: each.id, key: readPublicKey(raw) });
  }
  return [...keys.values()];
};

/**
 * Walks from the current key document to the newest one. Ignores documents that are not newer.
 * Throws an `UpdateFailure` if a document is missing, or not signed by the one before it.
 */
export const walkKeyDocuments = (
  current: KeyDocument,
  envelopes: readonly unknown[],
): KeyDocument => {
  if (envelopes.length > keyDocumentsMax) {
    throw new UpdateFailure("wrong_signature", "the offer has too many key documents");
  }
  return envelopes.reduce<KeyDocument>(nextKeyDocument, current);
};

const nextKeyDocument = (current: KeyDocument, given: unknown): KeyDocument => {
  const signed = parseSigned(given);
  if (signed === undefined) throw new UpdateFailure("wrong_signature", "a key document is invalid");
  const { document, envelope } = signed;
  if (document.product !== current.product) {
    throw new UpdateFailure("wrong_product", `a key document is of product ${document.product}`);
  }
  if (document.number <= current.number) return current;
  if (document.number !== current.number + 1) {
    const missing = `key document ${current.number + 1} is missing`;
    throw new UpdateFailure("wrong_signature", missing);
  }
  if (countSigners(envelope, current.keys) < current.threshold) {
    const reason = `key document ${document.number} is not signed by the keys of the one before it`;
    throw new UpdateFailure("wrong_signature", reason);
  }
  return document;
};
