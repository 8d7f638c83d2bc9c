import { dynamoAccounts } from "#shared/aws/accounts.ts";
import { dynamoDeadLetters } from "#shared/aws/deadLetters.ts";
import { dynamoDevices } from "#shared/aws/devices.ts";
import { dynamoIntegrations } from "#shared/aws/integrations.ts";
import { dynamoSeenEvents } from "#shared/aws/seenEvents.ts";
import { openTables } from "#shared/aws/tables.ts";
import { accountsContract } from "../../contracts/accounts.ts";
import { deadLettersContract } from "../../contracts/deadLetters.ts";
import { devicesContract } from "../../contracts/devices.ts";
import { startDynamo } from "../../contracts/emulators.ts";
import { integrationsContract } from "../../contracts/integrations.ts";
import { seenEventsContract } from "../../contracts/seenEvents.ts";

const { newTable, newIndexedTable } = await startDynamo();
const db = openTables();

accountsContract(async () =>
  dynamoAccounts(db, await newIndexedTable(["pk"], { byUser: ["username", "pk"] })),
);
devicesContract(async () => dynamoDevices(db, await newTable("pk", "sk")));
integrationsContract(async () => dynamoIntegrations(db, await newTable("pk", "sk")));
deadLettersContract(async (now) => dynamoDeadLetters(db, await newTable("pk", "sk"), now));
seenEventsContract(async () => dynamoSeenEvents(db, await newTable("pk")));
