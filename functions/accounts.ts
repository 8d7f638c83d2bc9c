import * as z from "zod";
import { knowCaller } from "#shared/account/knowCaller.ts";
import { logIn, logInInput } from "#shared/account/logIn.ts";
import { dynamoAccounts } from "#shared/aws/accounts.ts";
import { openTables } from "#shared/aws/tables.ts";
import { env } from "#shared/env.ts";
import { api, open, signedIn } from "./edge/api.ts";

const { ACCOUNTS_TABLE } = env.accounts.parse(process.env);
const accounts = dynamoAccounts(openTables(), ACCOUNTS_TABLE);
const now = Date.now;
const withToken = signedIn(knowCaller({ accounts, now }));

export const handler = api<"accounts">({
  "POST /oauth/token": open(logInInput, (input) => logIn(input, { accounts, now })),
  "GET /v1/user": withToken(z.object({}), async (_, { username }) => ({
    username,
    account_info: {},
    mfa: { enabled: false },
    memberships: [],
  })),
});
