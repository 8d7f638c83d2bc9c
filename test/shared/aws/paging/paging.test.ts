import { dynamoHeartbeats } from "#shared/aws/paging/heartbeats.ts";
import { dynamoPages } from "#shared/aws/paging/pageStore.ts";
import { dynamoSelfTests } from "#shared/aws/paging/selfTests.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { startDynamo } from "../../../contracts/emulators.ts";
import { heartbeatsContract } from "../../../contracts/paging/heartbeats.ts";
import { pageStoreContract } from "../../../contracts/paging/pageStore.ts";
import { selfTestsContract } from "../../../contracts/paging/selfTests.ts";
import { memoryHeartbeats } from "../../../memory/paging/heartbeats.ts";
import { memoryPages } from "../../../memory/paging/pageStore.ts";
import { memorySelfTests } from "../../../memory/paging/selfTests.ts";

const { newTable } = await startDynamo();
const db = openTables();
const table = () => newTable("pk", "sk");

heartbeatsContract(async () => memoryHeartbeats());
heartbeatsContract(async () => dynamoHeartbeats(db, await table()));
pageStoreContract(async () => memoryPages());
pageStoreContract(async () => dynamoPages(db, await table()));
selfTestsContract(async () => memorySelfTests());
selfTestsContract(async () => dynamoSelfTests(db, await table()));
