import type { Right } from "../../api/scopes.ts";
import { Failure } from "../../platform/failure.ts";
import type { Product } from "../product/product.ts";
import { teamWriteAttemptsMax } from "./limits.ts";
import { requireRole } from "./role.ts";
import { emptyTeam, type Person, roleIn, type Team, type Teams } from "./team.ts";

interface TeamChange {
  readonly product: Product;
  /** Returns the changed team. Pure: it is called again after a concurrent change. */
  readonly change: (team: Team) => Team;
  /** Called before each write of the team. */
  readonly before?: (team: Team) => Promise<void>;
}

/**
 * Changes a team, and removes expired invitations. Fails as `change` does, and with `conflict`
 * after too many concurrent changes.
 */
export const changeTeam = async (
  { product, change, before }: TeamChange,
  { teams, now }: { teams: Pick<Teams, "find" | "put">; now: () => number },
): Promise<Team> => {
  for (let tries = 0; tries < teamWriteAttemptsMax; tries += 1) {
    const found = (await teams.find(product.id)) ?? emptyTeam(product.id);
    const invitations = found.invitations.filter(({ expiresAt }) => expiresAt > now());
    const next = { ...change({ ...found, invitations }), revision: found.revision + 1 };
    await before?.(next);
    if (await teams.put(next)) return next;
  }
  throw new Failure("the team is being changed by other requests, try again", {
    code: "conflict",
  });
};

/** Fails with `unauthorized` unless the person's role in the team has the right. */
export const requireRight = (
  right: Right,
  { product, team, by }: { product: Product; team: Team; by: Person },
): void => requireRole(roleIn(product, team, by), right);

/**
 * Fails with `unauthorized` unless the person's current role has the right: the role of the request
 * may be a cached one of a member who was removed since.
 */
export const requireCurrentRight = async (
  right: Right,
  { product, by }: { product: Product; by: Person },
  { teams }: { teams: Pick<Teams, "find"> },
): Promise<void> => {
  const team = (await teams.find(product.id)) ?? emptyTeam(product.id);
  requireRight(right, { product, team, by });
};
