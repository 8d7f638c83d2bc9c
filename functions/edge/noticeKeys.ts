import type { Tables } from "#shared/aws/call/tables.ts";
import { dynamoSealedKeys } from "#shared/aws/notice/subscriptions.ts";
import { type NoticeKeys, openNoticeKeys } from "#shared/notice/subscription/noticeKeys.ts";
import type { GlobalNames } from "./globals.ts";
import { openSecrets } from "./secrets.ts";

interface Names extends GlobalNames {
  readonly OPERATIONS_TABLE: string;
  readonly SECRETS_KEY: string;
}

/** Opens the keys of the links and of the signatures of notices. */
export const openKeys = (globals: Tables, names: Names): NoticeKeys =>
  openNoticeKeys({
    region: names.AWS_REGION,
    sealedKeys: dynamoSealedKeys(globals, names.OPERATIONS_TABLE, Date.now),
    secrets: openSecrets(names),
  });
