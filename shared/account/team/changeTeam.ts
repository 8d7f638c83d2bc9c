import type { Right } from "../../api/scopes.ts";
import { Failure } from "../../platform/failure.ts";
import type { Product } from "../product.ts";
import { teamWritesMax } from "./limits.ts";
import { requireRole } from "./role.ts";
import { emptyTeam, type LogEntry, logged, type Person, roleIn, type Team } from "./team.ts";
import type { Teams } from "./teams.ts";

/** A team after a change, and the line of the log that says who changed what. */
interface Changed {
  readonly team: Team;
  readonly entry: Omit<LogEntry, "at">;
}

interface TeamChange {
  readonly product: Product;
  /** What the next team is. Pure: it is called again when somebody else changed the team meanwhile. */
  readonly change: (team: Team) => Changed;
  /** Done before the team is written, each time. */
  readonly before?: (team: Team) => Promise<void>;
}

/**
 * Changes a team and its log in one write. Expired invitations are left out of it. Fails as `change` does, and with
 * `conflict` when others change the team all the time.
 */
export const changeTeam = async (
  { product, change, before }: TeamChange,
  { teams, now }: { teams: Pick<Teams, "find" | "put">; now: () => number },
): Promise<Team> => {
  for (let tries = 0; tries < teamWritesMax; tries += 1) {
    const found = (await teams.find(product.id)) ?? emptyTeam(product.id);
    const invitations = found.invitations.filter(({ expiresAt }) => expiresAt > now());
    const { team, entry } = change({ ...found, invitations });
    const at = new Date(now()).toISOString();
    const next = { ...logged(team, { at, ...entry }), revision: found.revision + 1 };
    await before?.(next);
    if (await teams.put(next)) return next;
  }
  throw new Failure("the team is changed by others at this moment, try again", {
    code: "conflict",
  });
};

/**
 * Fails with `unauthorized` unless the person's role in the team, as it is now, has the right: a cached role may be
 * that of somebody who was removed a moment ago.
 */
export const requireRight = (
  right: Right,
  { product, team, by }: { product: Product; team: Team; by: Person },
): void => requireRole(roleIn(product, team, by), right);
