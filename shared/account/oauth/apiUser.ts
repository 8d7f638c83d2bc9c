import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { slug } from "../slug.ts";

/** A program that acts for a product. It has one token, limited to scopes, and no password. */
export const apiUser = z.object({
  username: z.string(),
  friendlyName: z.string(),
  product: z.number(),
  scopes: z.array(z.string()),
  /** Hash of the token. */
  tokenHash: z.string(),
  createdAt: z.string(),
});

export type ApiUser = z.output<typeof apiUser>;

/** Suffix of the names of API users. Names of people cannot have it. */
export const apiUserDomain = "@api.godwit";

/** Generates the name of an API user. */
export const newApiUsername = (friendlyName: string): string =>
  `${slug(friendlyName) || "api-user"}+${randomBytes(5).toString("hex")}${apiUserDomain}`;

/** Stores the API users of products. */
export interface ApiUsers {
  find(username: string): Promise<ApiUser | undefined>;
  /** Up to `apiUsersPerProductMax`. A new API user may be missing for a moment. */
  list(product: number): Promise<ApiUser[]>;
  put(apiUser: ApiUser): Promise<void>;
  remove(username: string): Promise<void>;
}
