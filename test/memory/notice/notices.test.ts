import { noticesContract, subscriptionsContract } from "../../contracts/notice/notices.ts";
import { memoryFanOuts, memoryIncidentLog, memoryNotices, memorySenderLease } from "./notices.ts";
import {
  memoryPendingSubscriptions,
  memorySealedKeys,
  memorySubscriptions,
  memoryVerifications,
} from "./subscriptions.ts";

subscriptionsContract(async () => ({
  subscriptions: memorySubscriptions(),
  pending: memoryPendingSubscriptions(Date.now),
  verifications: memoryVerifications(),
  sealedKeys: memorySealedKeys(),
}));

noticesContract(async () => ({
  notices: memoryNotices(),
  fanOuts: memoryFanOuts(),
  log: memoryIncidentLog(),
  lease: memorySenderLease(),
}));
