import { createHash, randomBytes } from "node:crypto";
import * as z from "zod";
import { refreshFamilyTokensMax, refreshGraceMs, refreshSiblingsMax } from "../limits.ts";
import { token } from "./token.ts";

/**
 * One log-in and everything that descends from it by refresh tokens (RFC 9700, 4.14.2). One row decides which refresh
 * token is valid, so that one conditional write renews or revokes the whole family.
 */
export const tokenFamily = token
  .pick({ username: true, fleet: true, client: true, product: true, scopes: true })
  .extend({
    /** Hash of the part that all refresh tokens of the family share. */
    id: z.string(),
    /** Time of the log-in, in milliseconds since 1970. */
    startedAt: z.number(),
    /** The user's `sessionGeneration` when their password was checked. */
    sessionGeneration: z.string().optional(),
    /** Lifetime of the first access token, in seconds, and the longest one of its successors; 0 has no end. */
    lifetimeSeconds: z.number(),
    /** Hashes of the refresh tokens that are valid. More than one only after a repeated request. */
    current: z.array(z.string()),
    /** Hashes of the refresh tokens that were valid before the last renewal. */
    previous: z.array(z.string()),
    /** Time of the last renewal, in milliseconds since 1970. */
    renewedAt: z.number(),
    /** Hashes of the newest access tokens. */
    tokens: z.array(z.string()),
    /** A used refresh token came back: nothing of the family is valid. */
    revoked: z.boolean().optional(),
    /** Grows by one with each write. */
    version: z.number(),
    /** End of the refresh tokens, in milliseconds since 1970. */
    expiresAt: z.number(),
  });

export type TokenFamily = z.output<typeof tokenFamily>;

const partChars = 40;

const hashPart = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The shared part of a new family's refresh tokens. */
export const newFamilyPart = (): string => randomBytes(partChars / 2).toString("hex");

/** A new refresh token of a family: the shared part and 160 bits of its own. */
export const newRefreshText = (familyPart: string): string =>
  `${familyPart}${randomBytes(partChars / 2).toString("hex")}`;

/** The parts of a refresh token; `undefined` when the text cannot be one. */
export const readRefreshText = (
  text: string,
): { familyPart: string; id: string; hash: string } | undefined => {
  if (!new RegExp(`^[0-9a-f]{${partChars * 2}}$`).test(text)) return undefined;
  const familyPart = text.slice(0, partChars);
  return { familyPart, id: hashPart(familyPart), hash: hashPart(text) };
};

/** Hash of a family's shared part: the id of the family. */
export const familyId = hashPart;

/** Hash under which a refresh token is kept. */
export const hashRefresh = hashPart;

/**
 * What a presented refresh token is worth. `renew`: it is valid. `repeat`: it was valid until a moment ago, so the reply
 * that replaced it was probably lost. `busy`: the same, but it was repeated too often. `reused`: somebody else used it.
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

/** A family after one more refresh token and access token were issued in place of, or beside, the current ones. */
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

/** The families of refresh tokens. */
export interface TokenFamilies {
  addFamily(family: TokenFamily): Promise<void>;
  /** The family as it is now in this region. */
  findFamily(id: string): Promise<TokenFamily | undefined>;
  /** Writes a family over the version before it. Answers `false`, and writes nothing, when that is not the stored one. */
  replaceFamily(family: TokenFamily): Promise<boolean>;
}
