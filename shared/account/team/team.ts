import * as z from "zod";
import type { Product } from "../product/product.ts";
import { teamLogEntriesMax } from "./limits.ts";
import { assignableRole, type Role } from "./role.ts";

/** A person who belongs to the team of a product. The fleet is the person's own: it stays when they take another name. */
const member = z.object({
  fleet: z.string(),
  /** The name that the person had when they accepted. */
  username: z.string(),
  role: assignableRole,
  since: z.string(),
  invitedBy: z.string(),
});

export type Member = z.output<typeof member>;

/** An open invitation. Whether its address has an account is not looked up. */
const invitation = z.object({
  id: z.string(),
  username: z.string(),
  role: assignableRole,
  invitedBy: z.string(),
  /** The fleet of the person who invited: it stays when they take another name. Absent in invitations of earlier versions. */
  invitedByFleet: z.string().optional(),
  createdAt: z.string(),
  /** In milliseconds since 1970. */
  expiresAt: z.number(),
});

export type Invitation = z.output<typeof invitation>;

/** What can be done to a team. */
export const teamActions = [
  "invited",
  "invitation cancelled",
  "accepted",
  "declined",
  "role changed",
  "removed",
  "left",
  "API user added",
  "API user changed",
  "API user removed",
  "product changed",
  "ownership offered",
  "ownership offer withdrawn",
  "ownership declined",
  "ownership accepted",
  "ownership kept",
  "ownership transferred",
] as const;

/** One change: who did what, to whom, and when. */
const logEntry = z.object({
  at: z.string(),
  by: z.string(),
  action: z.enum(teamActions),
  /** The person, program or product that it was done to. */
  subject: z.string(),
  /** The role then, or what changed. */
  detail: z.string().optional(),
});

export type LogEntry = z.output<typeof logEntry>;

/** The people of a product beside its owner, and the log of what was changed: one row, so that neither is without the other. */
export const team = z.object({
  product: z.number(),
  revision: z.number(),
  members: z.array(member),
  invitations: z.array(invitation),
  /** The newest last, `teamLogEntriesMax` at most. */
  log: z.array(logEntry),
});

export type Team = z.output<typeof team>;

/** The team of a product whose owner has invited nobody yet. */
export const emptyTeam = (product: number): Team => ({
  product,
  revision: 0,
  members: [],
  invitations: [],
  log: [],
});

/** A person, as a token says who they are. The fleet is their own. */
export interface Person {
  readonly username: string;
  readonly fleet: string;
}

/** The role of a person in a product; `undefined` when they do not belong to it. */
export const roleIn = (
  { owner }: Pick<Product, "owner">,
  team: Pick<Team, "members"> | undefined,
  { username, fleet }: Person,
): Role | undefined =>
  owner === username ? "owner" : team?.members.find((each) => each.fleet === fleet)?.role;

/** The team with one more line in its log; the oldest lines go. */
export const appendLogEntry = (team: Team, entry: LogEntry): Team => ({
  ...team,
  log: [...team.log, entry].slice(-teamLogEntriesMax),
});

/** The teams of products: a row for each. */
export interface Teams {
  /** As it is now. */
  find(product: number): Promise<Team | undefined>;
  /** Answers `false` when it is not the next revision: somebody else changed it. */
  put(team: Team): Promise<boolean>;
  remove(product: number): Promise<void>;
}

/**
 * In which teams a name is to be looked for. A hint only: what counts is the team itself. A hint is written before the
 * team, so that nobody is in a team and does not find it.
 */
export interface TeamHints {
  /**
   * `key` tells the hints of one product apart: an address that was invited, or a person's fleet. With `expiresAt`, in
   * milliseconds since 1970, the table clears the hint away after that time.
   */
  put(hint: {
    readonly product: number;
    readonly username: string;
    readonly key: string;
    readonly expiresAt?: number;
  }): Promise<void>;
  /** The products, up to `membershipsListedMax`. A new one may be missing for a moment. */
  list(username: string): Promise<number[]>;
  remove(hint: { readonly product: number; readonly key: string }): Promise<void>;
}
