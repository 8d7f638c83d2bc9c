import { authenticateCaller } from "#shared/account/caller/authenticateCaller.ts";
import { dynamoAccounts } from "#shared/aws/account/accounts.ts";
import { dynamoTeams } from "#shared/aws/account/teams.ts";
import { iotBroker } from "#shared/aws/platform/broker.ts";
import { publishEvent } from "#shared/event/publishEvent.ts";
import { env } from "#shared/platform/env.ts";
import { publishRoutes } from "#shared/routes/eventRoutes.ts";
import { openGlobals } from "./edge/globals.ts";
import { api, signedIn } from "./edge/http/api.ts";

const names = env.publish.parse(process.env);
const globals = openGlobals(names);
const accounts = dynamoAccounts(globals, names.ACCOUNTS_TABLE);
const teams = dynamoTeams(globals, names.ACCOUNTS_TABLE);
const broker = iotBroker();
const withToken = signedIn(authenticateCaller({ accounts, teams, now: Date.now }));

export const handler = api(publishRoutes, {
  publishEvent: withToken(async (input, { fleet }, { hops }) => {
    await publishEvent(fleet, input, { broker, now: Date.now, hops });
    return { ok: true };
  }),
});
