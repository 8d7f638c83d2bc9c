import { dynamoAccounts } from "#shared/aws/accounts.ts";
import { dynamoApiUsers } from "#shared/aws/apiUsers.ts";
import { dynamoDeadLetters } from "#shared/aws/deadLetters.ts";
import { dynamoDevices } from "#shared/aws/devices.ts";
import { dynamoGuesses } from "#shared/aws/guesses.ts";
import { dynamoIntegrations } from "#shared/aws/integrations.ts";
import { dynamoListeners } from "#shared/aws/listeners.ts";
import { dynamoOAuthClients } from "#shared/aws/oauthClients.ts";
import { dynamoRecentEvents } from "#shared/aws/recentEvents.ts";
import { dynamoSeenEvents } from "#shared/aws/seenEvents.ts";
import { dynamoSessions } from "#shared/aws/sessions.ts";
import { openTables } from "#shared/aws/tables.ts";
import { dynamoTroubles } from "#shared/aws/troubles.ts";
import { dynamoWaitingDeliveries } from "#shared/aws/waitingDeliveries.ts";
import { accountsContract } from "../../contracts/accounts.ts";
import { apiUsersContract } from "../../contracts/apiUsers.ts";
import { deadLettersContract } from "../../contracts/deadLetters.ts";
import { devicesContract } from "../../contracts/devices.ts";
import { startDynamo } from "../../contracts/emulators.ts";
import { guessesContract } from "../../contracts/guesses.ts";
import { integrationsContract } from "../../contracts/integrations.ts";
import { listenersContract } from "../../contracts/listeners.ts";
import { oauthClientsContract } from "../../contracts/oauthClients.ts";
import { recentEventsContract } from "../../contracts/recentEvents.ts";
import { seenEventsContract } from "../../contracts/seenEvents.ts";
import { sessionsContract } from "../../contracts/sessions.ts";
import { troublesContract } from "../../contracts/troubles.ts";
import { waitingDeliveriesContract } from "../../contracts/waitingDeliveries.ts";

const { newTable, newIndexedTable } = await startDynamo();
const db = openTables();

const accountsTable = () => newIndexedTable(["pk"], { byUser: ["username", "pk"] });

accountsContract(async () => dynamoAccounts(db, await accountsTable()));
oauthClientsContract(async () => dynamoOAuthClients(db, await accountsTable()));
apiUsersContract(async () => dynamoApiUsers(db, await accountsTable()));
guessesContract(async () => dynamoGuesses(db, await newTable("pk")));
devicesContract(async () =>
  dynamoDevices(db, await newIndexedTable(["pk", "sk"], { byFleet: ["fleet", "nameKey"] })),
);
sessionsContract(async () => {
  const table = await newTable("pk", "sk");
  const regions = ["us-east-1", "eu-west-1"];
  return {
    here: dynamoSessions(db, table, { region: "us-east-1", regions }),
    there: dynamoSessions(db, table, { region: "eu-west-1", regions }),
  };
});
integrationsContract(async () => dynamoIntegrations(db, await newTable("pk", "sk")));
troublesContract(async () => {
  const table = await newTable("pk", "sk");
  return {
    troubles: dynamoTroubles(db, table, "us-east-1"),
    elsewhere: dynamoTroubles(db, table, "eu-west-1"),
    integrations: dynamoIntegrations(db, table),
  };
});
waitingDeliveriesContract(async () => dynamoWaitingDeliveries(db, await newTable("pk", "sk")));
deadLettersContract(async (now) => dynamoDeadLetters(db, await newTable("pk", "sk"), now));
recentEventsContract(async (now) => dynamoRecentEvents(db, await newTable("pk", "sk"), now));
listenersContract(async () => {
  const table = await newTable("pk", "sk");
  return {
    listeners: dynamoListeners(db, table, "us-east-1"),
    elsewhere: dynamoListeners(db, table, "eu-west-1"),
    integrations: dynamoIntegrations(db, table),
  };
});
seenEventsContract(async () => dynamoSeenEvents(db, await newTable("pk")));
