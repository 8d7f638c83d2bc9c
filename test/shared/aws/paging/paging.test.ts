import { dynamoHeartbeats } from "#shared/aws/paging/heartbeats.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { startDynamo } from "../../../contracts/emulators.ts";
import { heartbeatsContract } from "../../../contracts/paging/heartbeats.ts";
import { memoryHeartbeats } from "../../../memory/paging/heartbeats.ts";

const { newTable } = await startDynamo();
const db = openTables();

heartbeatsContract(async () => memoryHeartbeats());
heartbeatsContract(async () => dynamoHeartbeats(db, await newTable("pk", "sk")));
