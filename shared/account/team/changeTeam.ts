import type { Right } from "../../api/scopes.ts";
import { Failure } from "../../platform/failure.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { Product } from "../product/product.ts";
import { teamWriteAttemptsMax } from "./limits.ts";
import { requireRole } from "./role.ts";
import {
  appendLogEntry,
  emptyTeam,
  type LogEntry,
  type Person,
  roleIn,
  type Team,
  type Teams,
} from "./team.ts";

/** A changed team, and the log entry of the change. */
interface TeamUpdate {
  readonly team: Team;
  readonly entry: Omit<LogEntry, "at">;
}

interface TeamChange {
  readonly product: Product;
  /** Returns the changed team. Pure: it is called again after a concurrent change. */
  readonly change: (team: Team) => TeamUpdate;
  /** Called before each write of the team. */
  readonly before?: (team: Team) => Promise<void>;
}

/**
 * Changes a team and its log in one write, and removes expired invitations. Fails as `change` does,
 * and with `conflict` after too many concurrent changes.
 */
export const changeTeam = async (
  { product, change, before }: TeamChange,
  { teams, now }: { teams: Pick<Teams, "find" | "put">; now: () => number },
): Promise<Team> => {
  for (let tries = 0; tries < teamWriteAttemptsMax; tries += 1) {
    const found = (await teams.find(product.id)) ?? emptyTeam(product.id);
    const invitations = found.invitations.filter(({ expiresAt }) => expiresAt > now());
    const { team, entry } = change({ ...found, invitations });
    const at = new Date(now()).toISOString();
    const next = { ...appendLogEntry(team, { at, ...entry }), revision: found.revision + 1 };
    await before?.(next);
    if (await teams.put(next)) return next;
  }
  throw new Failure("the team is being changed by other requests, try again", {
    code: "conflict",
  });
};

/**
 * Fails with `unauthorized` unless the person's current role in the team has the right: a cached
 * role may be that of a removed member.
 */
export const requireRight = (
  right: Right,
  { product, team, by }: { product: Product; team: Team; by: Person },
): void => requireRole(roleIn(product, team, by), right);

/** A team and its log are one row of at most 400 KB. */
const detailCharsMax = 100;

/**
 * Writes an action into the log of a team before it is executed, if the person has the right. A
 * crash in between leaves an extra log entry, never a change without one. Fails with
 * `unauthorized`, `conflict`.
 */
export const logChange = async (
  entry: Omit<LogEntry, "at" | "by">,
  { product, by, right }: { product: Product; by: Person; right: Right },
  deps: { teams: Pick<Teams, "find" | "put">; now: () => number },
): Promise<void> => {
  const detail = entry.detail?.slice(0, detailCharsMax);
  const change = (team: Team) => {
    requireRight(right, { product, team, by });
    return { team, entry: { by: by.username, ...entry, ...omitUndefined({ detail }) } };
  };
  await changeTeam({ product, change }, deps);
};
