import { Stack } from "aws-cdk-lib";
import type { ITableV2 } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { mailTimeoutSeconds } from "../../../shared/account/mail/limits.ts";
import { fn } from "../function/fn.ts";
import { functionImpact } from "../function/functionImpact.ts";
import type { GlobalTables } from "../globalTables.ts";
import type { Pages } from "../pages.ts";
import { WorkQueue } from "../workQueue.ts";

interface MailOptions {
  /** The sender of every mail. */
  readonly from: string;
  /** The name of the deployment for customers. */
  readonly title: string;
  readonly tables: GlobalTables;
  /** Counts mails. */
  readonly rateLimits: ITableV2;
  readonly regions: readonly string[];
  readonly pages: Pages;
}

/** Mails to users: a queue of orders, and the function that sends them with SES. */
export class Mail extends Construct {
  private readonly queue: IQueue;

  constructor(scope: Construct, id: string, options: MailOptions) {
    super(scope, id);
    const { from, title, tables, rateLimits, regions, pages } = options;
    const work = new WorkQueue(this, "Mails", {
      pages,
      impact: functionImpact.mail,
      workSeconds: mailTimeoutSeconds,
    });
    this.queue = work.queue;
    const mail = fn(this, "mail", {
      environment: {
        ACCOUNTS_TABLE: tables.accounts.tableName,
        OPERATIONS_TABLE: tables.operations.tableName,
        RATE_LIMITS_TABLE: rateLimits.tableName,
        REGIONS: regions.join(),
        MAIL_FROM: from,
        STATUS_TITLE: title,
        MAIL_DEAD_LETTERS_URL: work.deadLetters.queueUrl,
      },
      timeoutSeconds: mailTimeoutSeconds,
      pages,
    });
    tables.accounts.grant(mail, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem");
    // Subscriptions that await a confirmation.
    tables.operations.grant(mail, "dynamodb:PutItem");
    rateLimits.grant(mail, "dynamodb:GetItem", "dynamodb:UpdateItem");
    allowSend(mail, from);
    work.deadLetters.grant(mail, "sqs:SendMessage");
    work.feed(mail, "mails");
  }

  /** Lets a function order mails. */
  allowOrder(worker: IFunction): void {
    this.queue.grant(worker, "sqs:SendMessage");
  }

  /** Environment variable that names the queue. */
  get environment(): { readonly MAIL_QUEUE_URL: string } {
    return { MAIL_QUEUE_URL: this.queue.queueUrl };
  }
}

/** Mails of this sender, whether the address or its domain is verified. */
export const allowSend = (worker: IFunction, from: string): void => {
  const { partition, region, account } = Stack.of(worker);
  const [, domain = ""] = from.split("@");
  worker.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ["ses:SendEmail"],
      resources: [from, domain].map(
        (name) => `arn:${partition}:ses:${region}:${account}:identity/${name}`,
      ),
      conditions: { StringEquals: { "ses:FromAddress": from } },
    }),
  );
};
