import { Failure } from "../../platform/failure.ts";
import { mapConcurrently } from "../../platform/mapConcurrently.ts";
import type { Accounts } from "../accounts.ts";
import type { Product } from "../product/product.ts";
import type { ProductStore } from "../product/productStore.ts";
import { isInvitationFor } from "./answerInvitation.ts";
import { changeTeam, requireRight } from "./changeTeam.ts";
import { concurrentLookupsMax } from "./limits.ts";
import { type AssignableRole, canAccess } from "./role.ts";
import type { Invitation, Member, Person, Team, TeamHints, Teams } from "./team.ts";

interface RoleDeps {
  teams: Teams;
  accounts: Pick<Accounts, "findUserByAnyName">;
  now: () => number;
}

interface Deps extends RoleDeps {
  hints: TeamHints;
  accounts: Pick<Accounts, "findUserByAnyName" | "findProduct">;
  productStore: Pick<ProductStore, "endOffer">;
}

interface ProductRequest {
  readonly product: Product;
  readonly by: Person;
}

/**
 * The names and the fleet of a person in a team: the requested name, the current name, and the
 * names of open invitations for the person. The fleet is absent if there is no account.
 */
interface Subject {
  readonly names: readonly string[];
  readonly fleet: string | undefined;
}

/**
 * Removes a person from a team, or cancels their invitation; a person who removes themselves leaves
 * the team. Invitations by a removed person are cancelled, and so is an offer of the product to
 * them. Fails with `refused` for the owner, `not_found`, `unauthorized`, `conflict`.
 */
export const removeMember = async (
  username: string,
  { product, by }: ProductRequest,
  deps: Deps,
): Promise<void> => {
  const subject = await subjectOf(username, product, deps);
  const removedHints: { product: number; key: string }[] = [];
  const change = (team: Team) => {
    const member = memberOf(team, subject);
    const invitations = invitationsOf(team, subject);
    const isSelf = member !== undefined && member.fleet === by.fleet;
    requireRight(isSelf ? "teams.users:leave" : "teams.users:remove", { product, team, by });
    if (subject.names.includes(product.owner)) {
      throw new Failure("The owner of a product cannot be removed from its team", {
        code: "refused",
      });
    }
    if (member === undefined && invitations.length === 0) throw notInTeam();
    const keys = [...(member ? [member.fleet] : []), ...invitations.map((each) => each.username)];
    removedHints.push(...keys.map((key) => ({ product: product.id, key })));
    const next = member === undefined ? team : withoutInvitationsBy(team, member, subject);
    return {
      ...next,
      members: next.members.filter((each) => each !== member),
      invitations: next.invitations.filter((each) => !invitations.includes(each)),
    };
  };
  // The offer of the product first: a removed member must not be able to accept it.
  const before = async (): Promise<void> => {
    const { offer } = (await deps.accounts.findProduct(product.id)) ?? {};
    if (offer !== undefined && offer.toFleet === subject.fleet) {
      await deps.productStore.endOffer(product.id, offer.id);
    }
  };
  await changeTeam({ product, change, before }, deps);
  for (const hint of removedHints) await deps.hints.remove(hint);
};

/**
 * Changes the role of a member or of an invited person. If the new role cannot invite, their
 * invitations are cancelled. Fails with `refused` for the owner, `not_found`, `unauthorized`,
 * `conflict`.
 */
export const changeRole = async (
  { username, role }: { username: string; role: AssignableRole },
  { product, by }: ProductRequest,
  deps: RoleDeps,
): Promise<{ username: string; role: AssignableRole }> => {
  const subject = await subjectOf(username, product, deps);
  const change = (team: Team) => {
    requireRight("teams.users:update", { product, team, by });
    if (subject.names.includes(product.owner)) {
      throw new Failure("The role of a product's owner cannot be changed", { code: "refused" });
    }
    const member = memberOf(team, subject);
    const invitations = invitationsOf(team, subject);
    if (member === undefined && invitations.length === 0) throw notInTeam();
    const mayInvite = canAccess(role, "teams.users:invite");
    const next =
      member === undefined || mayInvite ? team : withoutInvitationsBy(team, member, subject);
    return {
      ...next,
      members: next.members.map((each) => (each === member ? { ...each, role } : each)),
      invitations: next.invitations.map((each) =>
        invitations.includes(each) ? { ...each, role } : each,
      ),
    };
  };
  await changeTeam({ product, change }, deps);
  return { username, role };
};

const notInTeam = () => new Failure("This person is not in the team", { code: "not_found" });

const subjectOf = async (
  username: string,
  { id }: Product,
  { accounts, teams }: RoleDeps,
): Promise<Subject> => {
  const account = await accounts.findUserByAnyName(username);
  if (account === undefined) return { names: [username], fleet: undefined };
  const open = (await teams.find(id))?.invitations ?? [];
  const invited = await mapConcurrently(open, concurrentLookupsMax, async (invitation) =>
    (await isInvitationFor(invitation, account, { accounts })) ? [invitation.username] : [],
  );
  const names = [...new Set([username, account.username, ...invited.flat()])];
  return { names, fleet: account.fleet };
};

const memberOf = (team: Team, { names, fleet }: Subject): Member | undefined =>
  team.members.find((each) =>
    fleet === undefined ? names.includes(each.username) : each.fleet === fleet,
  );

const invitationsOf = (team: Team, { names }: Subject): Invitation[] =>
  team.invitations.filter((each) => names.includes(each.username));

const withoutInvitationsBy = (team: Team, member: Member, { names }: Subject): Team => {
  const isTheirs = ({ invitedBy, invitedByFleet }: Invitation): boolean =>
    invitedByFleet === undefined
      ? [member.username, ...names].includes(invitedBy)
      : invitedByFleet === member.fleet;
  return { ...team, invitations: team.invitations.filter((each) => !isTheirs(each)) };
};
