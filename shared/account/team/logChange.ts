import type { Right } from "../../api/scopes.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { Product } from "../product.ts";
import { changeTeam, requireRight } from "./changeTeam.ts";
import type { LogEntry, Person, Team } from "./team.ts";
import type { Teams } from "./teams.ts";

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
