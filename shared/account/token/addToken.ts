import * as z from "zod/mini";
import { operatorScope } from "../../api/scopes.ts";
import { type Accounts, findUser } from "../accounts.ts";
import { username } from "../user/user.ts";
import { issueToken } from "./issueToken.ts";
import { lifetime } from "./token.ts";

export const tokenInput = z.object({
  username,
  expiresInSeconds: z._default(lifetime, 0),
  /** Whether the token is an operator's: it opens the routes of operations, and no others. */
  operator: z._default(z.boolean(), false),
});

/** Creates a token for a user without a password. Only the admin function calls this. */
export const addToken = async (
  { username, expiresInSeconds, operator }: z.output<typeof tokenInput>,
  { accounts, now }: { accounts: Accounts; now: () => number },
): Promise<{ token: string }> => {
  const { fleet, tokenGeneration: generation } = await findUser(username, { accounts });
  const scopes = operator ? { scopes: [operatorScope] } : {};
  const grant = { username, fleet, client: "admin", generation, ...scopes };
  const { text } = await issueToken(grant, { expiresInSeconds }, { accounts, now });
  return { token: text };
};
