import { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";
import { noticeMinutes, noticeTimeoutSeconds } from "../../../shared/notice/limits.ts";
import { allowConcerns, concernTables } from "../allowConcerns.ts";
import { allowSend } from "../api/mail.ts";
import { slotsTableName } from "../api/service.ts";
import { fn } from "../function/fn.ts";
import type { GlobalTables } from "../globalTables.ts";
import type { Pages } from "../pages.ts";
import { schedule } from "../schedule.ts";
import { allowSecretsByAlias, secretsKeyAlias } from "../secretsKey.ts";

interface NoticesOptions {
  readonly tables: GlobalTables;
  /** The sender of every mail; absent if Godwit sends no mails. */
  readonly mailFrom: string | undefined;
  /** The status page. */
  readonly page: { readonly title: string; readonly url: string | undefined };
  readonly pages: Pages;
  /** All regions of the deployment. */
  readonly regions: readonly string[];
}

/** The messages to subscribers of the status page: a function that sends them every minute. */
export class Notices extends Construct {
  constructor(scope: Construct, id: string, options: NoticesOptions) {
    super(scope, id);
    const { tables, mailFrom, page, pages, regions } = options;
    const slots = TableV2.fromTableName(this, "Slots", slotsTableName);
    const notify = fn(this, "notify", {
      environment: {
        ACCOUNTS_TABLE: tables.accounts.tableName,
        OPERATIONS_TABLE: tables.operations.tableName,
        ...concernTables(tables),
        SLOTS_TABLE: slots.tableName,
        SECRETS_KEY: secretsKeyAlias,
        REGIONS: regions.join(),
        STATUS_TITLE: page.title,
        ...(page.url !== undefined && { STATUS_URL: page.url }),
        PRIVATE_TARGETS: "refused",
        ...(mailFrom !== undefined && { MAIL_FROM: mailFrom }),
      },
      timeoutSeconds: noticeTimeoutSeconds,
      functionName: "godwit-notify",
      pages,
    });
    tables.accounts.grant(notify, "dynamodb:GetItem");
    tables.operations.grant(
      notify,
      "dynamodb:GetItem",
      "dynamodb:Query",
      "dynamodb:PutItem",
      "dynamodb:DeleteItem",
    );
    allowConcerns(notify, tables);
    allowSecretsByAlias(notify, regions);
    if (mailFrom !== undefined) allowSend(notify, mailFrom);
    schedule(this, notify, {
      minutes: noticeMinutes,
      slots,
      description: "Sends the messages about incidents to subscribers",
      stopped: {
        sentence:
          "The schedule that sends messages to subscribers of the status page does not run.",
        severity: "warning",
        components: [],
      },
      pages,
    });
  }
}
