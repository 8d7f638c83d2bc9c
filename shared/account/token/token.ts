import { createHash, randomBytes } from "node:crypto";
import * as z from "zod";
import { wholeNumber } from "../../input/wholeNumber.ts";
import { tokenIdChars } from "../limits.ts";

const daySeconds = 86_400;

/** How long a token holds, in seconds, in digits or as a number; 0 for ever. Nothing else counts as 0. */
export const lifetime = wholeNumber(0, 3_650 * daySeconds);

/** The right of whoever holds it to act for a user. Only its hash is kept. */
export const token = z.object({
  hash: z.string(),
  username: z.string(),
  fleet: z.string(),
  client: z.string(),
  createdAt: z.string(),
  /** In milliseconds since 1970; without it the token has no end. */
  expiresAt: z.number().optional(),
  /** The product whose API user holds it; its fleet is the product's. */
  product: z.number().optional(),
  /** What it is limited to; without it, it may do all that its user may. */
  scopes: z.array(z.string()).optional(),
  /** The family of refresh tokens that it came with. */
  family: z.string().optional(),
  /** The user's `tokenGeneration` when it was found out whose token it is. */
  generation: z.string().optional(),
});

export type Token = z.output<typeof token>;

/** Whether a token may do less than its user: it has scopes, or it belongs to one product. */
export const isLimited = ({ scopes, product }: Pick<Token, "scopes" | "product">): boolean =>
  scopes !== undefined || product !== undefined;

/** What names a token in a list: too short a part of its hash to be of use to anybody else. */
export const tokenId = ({ hash }: Pick<Token, "hash">): string => hash.slice(0, tokenIdChars);

/** 160 bits in hex, as long as Particle's. */
export const newTokenText = (): string => randomBytes(20).toString("hex");

// A token is random, not chosen by a person: a plain hash cannot be searched backwards.
export const hashToken = (text: string): string => createHash("sha256").update(text).digest("hex");
