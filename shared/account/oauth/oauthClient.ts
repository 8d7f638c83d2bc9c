import { randomBytes } from "node:crypto";
import * as z from "zod";
import { slug } from "../slug.ts";

/** An application that asks for tokens in its own name. Only the hash of its secret is kept. */
export const oauthClient = z.object({
  id: z.string(),
  name: z.string(),
  type: z.enum(["installed", "web"]),
  redirectUri: z.string().optional(),
  secretHash: z.string(),
  /** The user whose client it is, or else the product. */
  owner: z.union([z.object({ username: z.string() }), z.object({ product: z.number() })]),
  /** What its tokens are limited to; without it, they may do all that its owner may. */
  scopes: z.array(z.string()).optional(),
  createdAt: z.string(),
});

export type OAuthClient = z.output<typeof oauthClient>;
export type OAuthClientOwner = OAuthClient["owner"];

/** A name for a new client, which is none of the clients that everybody has. */
export const newOAuthClientId = (name: string): string =>
  `${slug(name) || "client"}-${randomBytes(6).toString("hex")}`;

/** The OAuth clients of users and of products. */
export interface OAuthClients {
  find(id: string): Promise<OAuthClient | undefined>;
  /** Up to `oauthClientsMax`. A new one may be missing for a moment. */
  list(owner: OAuthClientOwner): Promise<OAuthClient[]>;
  add(client: OAuthClient): Promise<void>;
  /** Changes what is given, and nothing else. Fails with `not_found`. */
  change(id: string, change: Partial<Pick<OAuthClient, "name" | "scopes">>): Promise<void>;
  remove(id: string): Promise<void>;
}
