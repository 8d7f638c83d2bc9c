import {
  dynamoFanOuts,
  dynamoIncidentLog,
  dynamoNotices,
  dynamoSenderLease,
} from "#shared/aws/notice/notices.ts";
import {
  dynamoPendingSubscriptions,
  dynamoSealedKeys,
  dynamoSubscriptions,
  dynamoVerifications,
} from "#shared/aws/notice/subscriptions.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { startDynamo } from "../../../contracts/emulators.ts";
import { noticesContract, subscriptionsContract } from "../../../contracts/notice/notices.ts";

const { newTable } = await startDynamo();
const db = openTables();
const now = Date.now;

subscriptionsContract(async () => {
  const table = await newTable("pk", "sk");
  return {
    subscriptions: dynamoSubscriptions(db, table, now),
    pending: dynamoPendingSubscriptions(db, table, now),
    verifications: dynamoVerifications(db, table, now),
    sealedKeys: dynamoSealedKeys(db, table, now),
  };
});

noticesContract(async () => {
  const table = await newTable("pk", "sk");
  return {
    notices: dynamoNotices(db, table, now),
    fanOuts: dynamoFanOuts(db, table, now),
    log: dynamoIncidentLog(db, table, now),
    lease: dynamoSenderLease(db, table),
  };
});
