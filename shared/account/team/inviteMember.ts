import * as z from "zod/mini";
import { dayMs } from "../../platform/durations.ts";
import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import type { Product } from "../product/product.ts";
import { username } from "../user/user.ts";
import { changeTeam, requireRight } from "./changeTeam.ts";
import { invitationDays, teamPeopleMax } from "./limits.ts";
import { roleInput } from "./role.ts";
import type { Invitation, Person, Team, TeamHints, Teams } from "./team.ts";

/** Particle's clients send no role. */
export const memberInput = z.object({ username, role: z._default(roleInput, "developer") });

interface Deps {
  teams: Teams;
  hints: TeamHints;
  accounts: Pick<Accounts, "findUserByAnyName">;
  now: () => number;
  newId: () => string;
}

/**
 * Invites a person to a product by their account name, a mail address. The result does not reveal
 * whether the account exists. An open invitation of the same person is renewed with the new role.
 * Fails with `already_exists` when they are in the team, `limit_reached`, `unauthorized`,
 * `conflict`.
 */
export const inviteMember = async (
  { username, role }: z.output<typeof memberInput>,
  { product, by }: { product: Product; by: Person },
  { teams, hints, accounts, now, newId }: Deps,
): Promise<Invitation> => {
  const account = await accounts.findUserByAnyName(username);
  const createdAt = new Date(now()).toISOString();
  const expiresAt = now() + invitationDays * dayMs;
  const newOne = {
    id: `${product.id}-${newId()}`,
    invitedBy: by.username,
    invitedByFleet: by.fleet,
    createdAt,
    expiresAt,
  };
  const change = (team: Team) => {
    requireRight("teams.users:invite", { product, team, by });
    const isOwner = [username, account?.username].includes(product.owner);
    if (isOwner || team.members.some(({ fleet }) => fleet === account?.fleet)) {
      throw new Failure(`${username} is already in the team`, { code: "already_exists" });
    }
    const others = team.invitations.filter((each) => each.username !== username);
    const before = team.invitations.find((each) => each.username === username);
    if (before === undefined && team.members.length + others.length >= teamPeopleMax) {
      throw new Failure(`a team has at most ${teamPeopleMax} people, open invitations included`, {
        code: "limit_reached",
      });
    }
    const invitation = { ...newOne, id: before?.id ?? newOne.id, username, role };
    return { ...team, invitations: [...others, invitation] };
  };
  const before = () => hints.put({ product: product.id, username, key: username, expiresAt });
  const team = await changeTeam({ product, change, before }, { teams, now });
  const made = team.invitations.find((each) => each.username === username);
  if (made === undefined) throw new Error("the written invitation is missing");
  return made;
};
