import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { slug } from "../slug.ts";

/**
 * An application that requests tokens with its own credentials. Only the hash of its secret is
 * stored.
 */
export const oauthClient = z.object({
  id: z.string(),
  name: z.string(),
  type: z.enum(["installed", "web"]),
  redirectUri: z.optional(z.string()),
  secretHash: z.string(),
  /** The user or the product that owns the client. */
  owner: z.union([z.object({ username: z.string() }), z.object({ product: z.number() })]),
  /** The scopes of its tokens. Without this field, a token has all permissions of the owner. */
  scopes: z.optional(z.array(z.string())),
  createdAt: z.string(),
});

export type OAuthClient = z.output<typeof oauthClient>;
export type OAuthClientOwner = OAuthClient["owner"];

/** Generates the id of a client. It differs from the ids of the public clients. */
export const newOAuthClientId = (name: string): string =>
  `${slug(name) || "client"}-${randomBytes(6).toString("hex")}`;

/** Stores the OAuth clients of users and of products. */
export interface OAuthClients {
  find(id: string): Promise<OAuthClient | undefined>;
  /** Up to `oauthClientsMax`. A new client may be missing for a moment. */
  list(owner: OAuthClientOwner): Promise<OAuthClient[]>;
  add(client: OAuthClient): Promise<void>;
  /** Changes only the given fields. Fails with `not_found`. */
  change(id: string, change: Partial<Pick<OAuthClient, "name" | "scopes">>): Promise<void>;
  remove(id: string): Promise<void>;
}
