import { randomBytes } from "node:crypto";
import * as z from "zod";
import { slug } from "../slug.ts";

/** A program that may act for a product: it has one token, limited to scopes, and no password. */
export const apiUser = z.object({
  username: z.string(),
  friendlyName: z.string(),
  product: z.number(),
  scopes: z.array(z.string()),
  /** The hash of its token. */
  tokenHash: z.string(),
  createdAt: z.string(),
});

export type ApiUser = z.output<typeof apiUser>;

/** How the names of API users end, and no person's. */
export const apiUserDomain = "@api.godwit";

/** A name for a new API user. */
export const newApiUsername = (friendlyName: string): string =>
  `${slug(friendlyName) || "api-user"}+${randomBytes(5).toString("hex")}${apiUserDomain}`;

/** The API users of products. */
export interface ApiUsers {
  find(username: string): Promise<ApiUser | undefined>;
  /** Up to `apiUsersPerProductMax`. A new one may be missing for a moment. */
  list(product: number): Promise<ApiUser[]>;
  put(apiUser: ApiUser): Promise<void>;
  remove(username: string): Promise<void>;
}
