import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import type { Accounts } from "../accounts.ts";
import type { Product } from "../product/product.ts";
import { isInvitationFor } from "./answerInvitation.ts";
import { concurrentLookupsMax } from "./limits.ts";
import type { Role } from "./role.ts";
import {
  emptyTeam,
  type Invitation,
  type Member,
  type Person,
  roleIn,
  type Team,
  type TeamHints,
  type Teams,
} from "./team.ts";

type ProductReader = Pick<Accounts, "findProduct" | "findUserByAnyName">;

/**
 * The members of a team, with their current names, and the open invitations. During a transfer, the
 * new owner is briefly also a member; the owner is not listed.
 */
export const listTeam = async (
  { id, owner }: Product,
  {
    teams,
    accounts,
    now,
  }: {
    teams: Pick<Teams, "find">;
    accounts: Pick<Accounts, "findUserByAnyName">;
    now: () => number;
  },
): Promise<{ members: Member[]; invitations: Invitation[] }> => {
  const team = (await teams.find(id)) ?? emptyTeam(id);
  const members = await mapConcurrently(team.members, concurrentLookupsMax, async (member) => {
    const account = await accounts.findUserByAnyName(member.username);
    return { ...member, username: account?.username ?? member.username };
  });
  return {
    members: members.filter(({ username }) => username !== owner),
    invitations: team.invitations.filter(({ expiresAt }) => expiresAt > now()),
  };
};

interface Deps {
  teams: Pick<Teams, "find">;
  hints: Pick<TeamHints, "list">;
  accounts: ProductReader;
  now: () => number;
}

/** A product that a person is a member of, and their role. */
export interface Membership {
  readonly product: Product;
  readonly role: Role;
}

/**
 * The products that a person is a member of, up to `membershipsListedMax`. A new product may be
 * missing for a moment.
 */
export const listMemberships = async (person: Person, deps: Deps): Promise<Membership[]> => {
  const found = await readHintedTeams(person, deps, async (product, team) => {
    const role = roleIn(product, team, person);
    return role === undefined || role === "owner" ? [] : [{ product, role }];
  });
  return found.toSorted((a, b) => a.product.id - b.product.id);
};

/** An invitation for the caller, and its product. */
export interface ReceivedInvitation {
  readonly product: Product;
  readonly invitation: Invitation;
}

/** The open invitations of a person, newest first. A new one may be missing for a moment. */
export const listInvitations = async (
  person: Person,
  deps: Deps,
): Promise<ReceivedInvitation[]> => {
  const found = await readHintedTeams(person, deps, async (product, team) => {
    const open = team.invitations.filter(({ expiresAt }) => expiresAt > deps.now());
    const named = open.filter(({ username }) => username === person.username);
    const own = named.length > 0 ? named : await byFormerName(open, person, deps);
    return own.map((invitation) => ({ product, invitation }));
  });
  return found.toSorted((a, b) => (a.invitation.createdAt < b.invitation.createdAt ? 1 : -1));
};

const byFormerName = async (
  open: readonly Invitation[],
  person: Person,
  { accounts }: Pick<Deps, "accounts">,
): Promise<Invitation[]> => {
  const own = await mapConcurrently(open, concurrentLookupsMax, async (invitation) =>
    (await isInvitationFor(invitation, person, { accounts })) ? [invitation] : [],
  );
  return own.flat();
};

/** Reads each product whose team may include the person. */
const readHintedTeams = async <Found>(
  { username }: Person,
  { teams, hints, accounts }: Deps,
  look: (product: Product, team: Team) => Promise<Found[]>,
): Promise<Found[]> => {
  const products = await hints.list(username);
  const found = await mapConcurrently(products, concurrentLookupsMax, async (id) => {
    const [product, team] = await Promise.all([accounts.findProduct(id), teams.find(id)]);
    return product === undefined || team === undefined ? [] : look(product, team);
  });
  return found.flat();
};
