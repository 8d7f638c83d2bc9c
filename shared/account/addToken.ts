import * as z from "zod";
import { tokenDaysDefault } from "../limits.ts";
import type { Accounts } from "../ports.ts";
import { findUser } from "./findUser.ts";
import { hashToken, newTokenText } from "./token.ts";
import { type User, username } from "./user.ts";

const daySeconds = 86_400;

/** How long a token holds, in seconds, in digits or as a number; 0 for ever. Nothing else counts as 0. */
export const lifetime = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(
  z
    .int()
    .min(0)
    .max(3_650 * daySeconds),
);

export const tokenInput = z.object({ username, expiresInSeconds: lifetime.default(0) });

/** Makes a token for a user, without a password: for whoever may run the admin function. */
export const addToken = async (
  { username, expiresInSeconds }: z.output<typeof tokenInput>,
  { accounts, now }: { accounts: Accounts; now: () => number },
): Promise<{ token: string }> => {
  const user = await findUser(username, { accounts });
  const { text } = await issueToken(user, { client: "admin", expiresInSeconds }, { accounts, now });
  return { token: text };
};

/** Makes and keeps a token. Its text is known to whoever gets this answer, and to nobody else. */
export const issueToken = async (
  { username, fleet }: User,
  {
    client,
    expiresInSeconds = tokenDaysDefault * daySeconds,
  }: { client: string; expiresInSeconds?: number | undefined },
  { accounts, now }: { accounts: Accounts; now: () => number },
): Promise<{ text: string; expiresInSeconds: number }> => {
  const text = newTokenText();
  await accounts.addToken({
    hash: hashToken(text),
    username,
    fleet,
    client,
    createdAt: new Date(now()).toISOString(),
    ...(expiresInSeconds > 0 && { expiresAt: now() + expiresInSeconds * 1_000 }),
  });
  return { text, expiresInSeconds };
};
