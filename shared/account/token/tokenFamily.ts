import { createHash, randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { refreshFamilyTokensMax, refreshGraceMs, refreshSiblingsMax } from "../limits.ts";
import { token } from "./token.ts";

/**
 * The tokens of one log-in, including all that were issued by its refresh tokens (RFC 9700,
 * 4.14.2). One row decides which refresh tokens are valid, so one conditional write renews or
 * revokes the whole family.
 */
export const tokenFamily = z.extend(
  z.pick(token, { username: true, fleet: true, client: true, product: true, scopes: true }),
  {
    /** Hash of the prefix that all refresh tokens of the family share. */
    id: z.string(),
    /** Time of the log-in, in milliseconds since 1970. */
    startedAt: z.number(),
    /** The user's `sessionGeneration` when their password was verified. */
    sessionGeneration: z.optional(z.string()),
    /**
     * Lifetime of the first access token in seconds, which is the maximum for later ones. 0 means
     * that they never expire.
     */
    lifetimeSeconds: z.number(),
    /** Hashes of the valid refresh tokens. There is more than one only after a repeated request. */
    current: z.array(z.string()),
    /** Hashes of the refresh tokens that the last renewal replaced. */
    previous: z.array(z.string()),
    /** Time of the last renewal, in milliseconds since 1970. */
    renewedAt: z.number(),
    /** Hashes of the newest access tokens. */
    tokens: z.array(z.string()),
    /**
     * Set when a used refresh token was presented again. All tokens of the family are then invalid.
     */
    revoked: z.optional(z.boolean()),
    /** Incremented by each write. */
    version: z.number(),
    /** Expiry of the refresh tokens, in milliseconds since 1970. */
    expiresAt: z.number(),
  },
);

export type TokenFamily = z.output<typeof tokenFamily>;

const partChars = 40;

const hashPart = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Generates the prefix that the refresh tokens of a new family share. */
export const newFamilyPart = (): string => randomBytes(partChars / 2).toString("hex");

/** Generates a refresh token: the prefix of the family and 160 random bits. */
export const newRefreshText = (familyPart: string): string =>
  `${familyPart}${randomBytes(partChars / 2).toString("hex")}`;

/** Parses a refresh token. Returns `undefined` if the text has another format. */
export const readRefreshText = (
  text: string,
): { familyPart: string; id: string; hash: string } | undefined => {
  if (!new RegExp(`^[0-9a-f]{${partChars * 2}}$`).test(text)) return undefined;
  const familyPart = text.slice(0, partChars);
  return { familyPart, id: hashPart(familyPart), hash: hashPart(text) };
};

/** Hash of the prefix: the id of the family. */
export const familyId = hashPart;

/** Hash of a refresh token, as stored. */
export const hashRefresh = hashPart;

/**
 * Classifies a presented refresh token:
 * - `renew`: it is valid.
 * - `repeat`: it was replaced a moment ago, so the reply was probably lost.
 * - `busy`: like `repeat`, but repeated too often.
 * - `reused`: it was replaced earlier or the family is revoked. The token was probably stolen.
 */
export const classifyRefresh = (
  { current, previous, renewedAt, revoked }: TokenFamily,
  hash: string,
  now: number,
): "renew" | "repeat" | "busy" | "reused" => {
  if (revoked === true) return "reused";
  if (current.includes(hash)) return "renew";
  if (!previous.includes(hash) || now - renewedAt > refreshGraceMs) return "reused";
  return current.length < refreshSiblingsMax ? "repeat" : "busy";
};

/**
 * The family after a refresh token and an access token were issued: they replace the current ones
 * (`renew`) or are added to them (`repeat`).
 */
export const renewFamily = (
  family: TokenFamily,
  how: "renew" | "repeat",
  issued: { refresh: string; token: string; expiresAt: number; now: number },
): TokenFamily => ({
  ...family,
  current: how === "renew" ? [issued.refresh] : [...family.current, issued.refresh],
  ...(how === "renew" && { previous: family.current, renewedAt: issued.now }),
  tokens: [issued.token, ...family.tokens].slice(0, refreshFamilyTokensMax),
  expiresAt: Math.max(issued.expiresAt, how === "repeat" ? family.expiresAt : 0),
  version: family.version + 1,
});

/** Stores token families. */
export interface TokenFamilies {
  addFamily(family: TokenFamily): Promise<void>;
  /** The current family in this region. */
  findFamily(id: string): Promise<TokenFamily | undefined>;
  /**
   * Replaces the previous version of a family. Returns `false`, without writing, when another
   * version is stored.
   */
  replaceFamily(family: TokenFamily): Promise<boolean>;
}
