import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import { type Product, productIdIn } from "../product/product.ts";
import { changeTeam } from "./changeTeam.ts";
import type { Invitation, Person, Team, TeamHints, Teams } from "./team.ts";

interface Deps {
  teams: Teams;
  hints: TeamHints;
  accounts: Pick<Accounts, "findUserByAnyName" | "findProduct">;
  now: () => number;
}

/** An open invitation and its product. */
interface OpenInvitation {
  readonly product: Product;
  readonly invitation: Invitation;
}

const notFound = () => new Failure("Invitation not found", { code: "not_found" });

/**
 * Makes the invited person a member. May be repeated until it succeeds. Fails with `not_found` when
 * the invitation does not exist, has expired, was cancelled, or is for another person. The error
 * does not reveal which.
 */
export const acceptInvitation = async (
  id: string,
  person: Person,
  deps: Deps,
): Promise<OpenInvitation> => {
  const found = await requireInvitation(id, person, deps);
  const { product } = found;
  const { hints, now } = deps;
  const change = (team: Team) => {
    const invitation = team.invitations.find((each) => each.id === id);
    if (invitation === undefined) throw notFound();
    const { role, invitedBy } = invitation;
    const since = new Date(now()).toISOString();
    const member = { fleet: person.fleet, username: person.username, role, since, invitedBy };
    const members = team.members.filter(({ fleet }) => fleet !== person.fleet);
    return { ...withoutInvitation(team, id), members: [...members, member] };
  };
  // The hint first: without it, a member would not find the product in their list.
  const before = () =>
    hints.put({ product: product.id, username: person.username, key: person.fleet });
  await changeTeam({ product, change, before }, deps);
  await hints.remove({ product: product.id, key: found.invitation.username });
  return found;
};

/** Declines an invitation. Fails with `not_found`, as `acceptInvitation` does. */
export const declineInvitation = async (id: string, person: Person, deps: Deps): Promise<void> => {
  const { product, invitation } = await requireInvitation(id, person, deps);
  const change = (team: Team) => {
    if (!team.invitations.some((each) => each.id === id)) throw notFound();
    return withoutInvitation(team, id);
  };
  await changeTeam({ product, change }, deps);
  await deps.hints.remove({ product: product.id, key: invitation.username });
};

const withoutInvitation = (team: Team, id: string): Team => ({
  ...team,
  invitations: team.invitations.filter((each) => each.id !== id),
});

/** An open invitation of a person; `undefined` also if it is for another one. */
export const findInvitation = async (
  id: string,
  person: Person,
  { teams, accounts, now }: Pick<Deps, "teams" | "accounts" | "now">,
): Promise<OpenInvitation | undefined> => {
  const number = productIdIn(id.split("-")[0] ?? "");
  const product = number === undefined ? undefined : await accounts.findProduct(number);
  if (product === undefined) return undefined;
  const team = await teams.find(product.id);
  const invitation = team?.invitations.find((each) => each.id === id && each.expiresAt > now());
  return invitation !== undefined && (await isInvitationFor(invitation, person, { accounts }))
    ? { product, invitation }
    : undefined;
};

const requireInvitation = async (
  id: string,
  person: Person,
  deps: Deps,
): Promise<OpenInvitation> => {
  const found = await findInvitation(id, person, deps);
  if (found === undefined) throw notFound();
  return found;
};

/** Whether an invitation is for this person, also by a former name. */
export const isInvitationFor = async (
  { username }: Invitation,
  person: Person,
  { accounts }: { accounts: Pick<Accounts, "findUserByAnyName"> },
): Promise<boolean> =>
  username === person.username ||
  (await accounts.findUserByAnyName(username))?.fleet === person.fleet;
