import { createHash, randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { wholeNumber } from "../../input/wholeNumber.ts";
import { daySeconds } from "../../platform/durations.ts";
import { tokenIdChars } from "../limits.ts";

/**
 * Lifetime of a token in seconds, as a number or as digits. 0 means that it never expires. An empty
 * value is not treated as 0.
 */
export const lifetime = wholeNumber(0, 3_650 * daySeconds);

/** An access token of a user or a program. Only its hash is stored. */
export const token = z.object({
  hash: z.string(),
  username: z.string(),
  fleet: z.string(),
  client: z.string(),
  createdAt: z.string(),
  /** In milliseconds since 1970. Without this field, the token never expires. */
  expiresAt: z.optional(z.number()),
  /**
   * The product of the API user or client that the token belongs to. `fleet` is then the fleet of
   * the product.
   */
  product: z.optional(z.number()),
  /** The scopes of the token. Without this field, it has all permissions of its user. */
  scopes: z.optional(z.array(z.string())),
  /** Id of the token family that it belongs to. */
  family: z.optional(z.string()),
  /** The user's `tokenGeneration` when the user was authenticated. */
  generation: z.optional(z.string()),
  /** Present if the token is a browser session: its text is in a cookie. */
  session: z.optional(
    z.object({
      /** The user's `sessionGeneration` when the user signed in. */
      generation: z.optional(z.string()),
      /** The end of the session, however often it is renewed; in milliseconds since 1970. */
      until: z.number(),
      /** Whether the session may also use the routes of operations. */
      operator: z.optional(z.boolean()),
    }),
  ),
});

export type Token = z.output<typeof token>;

/**
 * Whether a token has fewer permissions than its user: it has scopes, or belongs to one product.
 */
export const isLimited = ({ scopes, product }: Pick<Token, "scopes" | "product">): boolean =>
  scopes !== undefined || product !== undefined;

/** The id of a token in a list: a prefix of its hash that is too short to be used as a token. */
export const tokenId = ({ hash }: Pick<Token, "hash">): string => hash.slice(0, tokenIdChars);

/** Generates the text of a token in hex. Default: 160 bits, the length of Particle's tokens. */
export const newTokenText = (bytes = 20): string => randomBytes(bytes).toString("hex");

// A token has 160 random bits, so an unsalted hash is sufficient.
export const hashToken = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * The hash under which a browser session is stored. It differs from that of a token with the same
 * text: the text of a cookie is not an access token, and an access token opens no session.
 */
export const hashSession = (text: string): string => hashToken(`browser session ${text}`);
