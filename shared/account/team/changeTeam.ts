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

/** A team after a change, and the line of the log that says who changed what. */
interface TeamUpdate {
  readonly team: Team;
  readonly entry: Omit<LogEntry, "at">;
}

interface TeamChange {
  readonly product: Product;
  /** What the next team is. Pure: it is called again when somebody else changed the team meanwhile. */
  readonly change: (team: Team) => TeamUpdate;
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
  for (let tries = 0; tries < teamWriteAttemptsMax; tries += 1) {
    const found = (await teams.find(product.id)) ?? emptyTeam(product.id);
    const invitations = found.invitations.filter(({ expiresAt }) => expiresAt > now());
    const { team, entry } = change({ ...found, invitations });
    const at = new Date(now()).toISOString();
    const next = { ...appendLogEntry(team, { at, ...entry }), revision: found.revision + 1 };
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

/** A team and its log are one row, which holds 400 KB. */
const detailCharsMax = 100;

/**
 * Writes into the log of a team what a person is about to do, if they have the right. Before it is done: a crash in
 * between leaves a line too many, never a change that nobody can be asked about. Fails with `unauthorized`, `conflict`.
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
