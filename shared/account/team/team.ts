import * as z from "zod/mini";
import type { Product } from "../product/product.ts";
import { assignableRole, type Role } from "./role.ts";

/**
 * A member of the team of a product. The fleet is the person's own and identifies them after a
 * rename.
 */
const member = z.object({
  fleet: z.string(),
  /** The name of the person when they accepted the invitation. */
  username: z.string(),
  role: assignableRole,
  since: z.string(),
  invitedBy: z.string(),
  /** The id of the offer that made a former owner a member. */
  offer: z.optional(z.string()),
});

export type Member = z.output<typeof member>;

/** An open invitation. The account of its address is not looked up. */
const invitation = z.object({
  id: z.string(),
  username: z.string(),
  role: assignableRole,
  invitedBy: z.string(),
  /**
   * The own fleet of the inviting person, which identifies them after a rename. Absent in
   * invitations of earlier versions.
   */
  invitedByFleet: z.optional(z.string()),
  createdAt: z.string(),
  /** In milliseconds since 1970. */
  expiresAt: z.number(),
});

export type Invitation = z.output<typeof invitation>;

/**
 * The members of a product, except its owner, and the open invitations. They are one row, so that
 * of two concurrent changes only one succeeds. Who changed a team is in the audit log.
 */
export const team = z.object({
  product: z.number(),
  revision: z.number(),
  members: z.array(member),
  invitations: z.array(invitation),
});

export type Team = z.output<typeof team>;

/** The team of a product without members. */
export const emptyTeam = (product: number): Team => ({
  product,
  revision: 0,
  members: [],
  invitations: [],
});

/** A person as identified by a token. The fleet is their own. */
export interface Person {
  readonly username: string;
  readonly fleet: string;
}

/** The role of a person in a product; `undefined` if they have none. */
export const roleIn = (
  { owner }: Pick<Product, "owner">,
  team: Pick<Team, "members"> | undefined,
  { username, fleet }: Person,
): Role | undefined =>
  owner === username ? "owner" : team?.members.find((each) => each.fleet === fleet)?.role;

/** Stores the teams of products, one row each. */
export interface Teams {
  /** The current team, strongly consistent. */
  find(product: number): Promise<Team | undefined>;
  /**
   * Returns `false`, without writing, when the team was changed concurrently: its revision is not
   * the next one.
   */
  put(team: Team): Promise<boolean>;
  remove(product: number): Promise<void>;
}

/**
 * The teams in which a user may be a member. A hint is not authoritative; the team is. It is
 * written before the team, so that every member finds their team.
 */
export interface TeamHints {
  /**
   * `key` distinguishes the hints of one product: an invited address, or a person's fleet. With
   * `expiresAt`, in milliseconds since 1970, the table removes the hint after that time.
   */
  put(hint: {
    readonly product: number;
    readonly username: string;
    readonly key: string;
    readonly expiresAt?: number;
  }): Promise<void>;
  /** The product ids, up to `membershipsListedMax`. A new one may be missing for a moment. */
  list(username: string): Promise<number[]>;
  remove(hint: { readonly product: number; readonly key: string }): Promise<void>;
}
