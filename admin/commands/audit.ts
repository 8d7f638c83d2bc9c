import * as z from "zod";
import type { Command } from "../command.ts";
import { textOf } from "../textOf.ts";
import { wholeNumber } from "../wholeNumber.ts";

const page = z.object({ rows: z.array(z.looseObject({})), next: z.string().optional() });

/** Lists the audit log of a user, of a product, or of the deployment, newest first. */
export const listAudit: Command = {
  words: "audit list",
  summary: "list who has changed what: in a user's fleet, in a product, or in the deployment",
  options: {
    user: { value: "NAME", description: "the fleet of a user" },
    product: { value: "ID", description: "the fleet of a product" },
    fleet: { value: "ID", description: "a fleet, also that of a removed user or product" },
    action: { value: "ACTION", description: "an action, or the kind of its subject" },
    actor: { value: "NAME", description: "the name or the kind of the actor" },
    since: { value: "TIME", description: "the earliest time (default: 90 days ago)" },
    until: { value: "TIME", description: "the latest time (default: now)" },
    limit: { value: "N", description: "maximum number of entries, up to 200 (default: 50)" },
    cursor: { value: "TEXT", description: "the cursor of the next page" },
  },
  async run(_, { limit, product, ...options }, { invoke, say }) {
    const texts = ["user", "fleet", "action", "actor", "since", "until", "cursor"].map((name) => [
      name,
      textOf(options[name]),
    ]);
    const input = {
      ...Object.fromEntries(texts),
      product: wholeNumber("--product", product),
      limit: wholeNumber("--limit", limit),
    };
    const { rows, next } = page.parse(await invoke({ listAudit: input }));
    if (next !== undefined) say(`There are more entries: --cursor ${next}`);
    return rows;
  },
};
