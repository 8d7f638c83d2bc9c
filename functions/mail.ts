import * as z from "zod/mini";
import { mailRequest } from "#shared/account/mail/mailRequest.ts";
import { sendMail } from "#shared/account/mail/sendMail.ts";
import { dynamoAccounts } from "#shared/aws/account/accounts.ts";
import { sesMailer } from "#shared/aws/account/mailer.ts";
import { dynamoRateLimiter } from "#shared/aws/account/rateLimiter.ts";
import { openQueues, sqsMalformedMessages } from "#shared/aws/event/queues.ts";
import { dynamoPendingSubscriptions } from "#shared/aws/notice/subscriptions.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import {
  confirmationRequest,
  sendConfirmation,
} from "#shared/notice/subscription/sendConfirmation.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import { openGlobals } from "./edge/globals.ts";
import { logger } from "./edge/logger.ts";
import { openOneTimeTokens } from "./edge/oneTimeTokens.ts";
import { batch, each } from "./edge/queue/batch.ts";

const names = env.mail.parse(process.env);
const globals = openGlobals(names);
const queues = openQueues();
const unreadable = sqsMalformedMessages(queues, names.MAIL_DEAD_LETTERS_URL);
const deps = {
  accounts: dynamoAccounts(globals, names.ACCOUNTS_TABLE),
  oneTimeTokens: openOneTimeTokens(globals, names),
  rateLimiter: dynamoRateLimiter(openTables(), names.RATE_LIMITS_TABLE),
  mailer: sesMailer({ from: names.MAIL_FROM }),
  title: names.STATUS_TITLE,
  pending: dynamoPendingSubscriptions(globals, names.OPERATIONS_TABLE, Date.now),
  now: Date.now,
  onRateLimited: (kind: string) =>
    logger.warn("a mail was not sent: rate limit of its recipient", { kind }),
};

/** A mail to a user, or to a subscriber of the status page. */
const anyRequest = z.discriminatedUnion("kind", [...mailRequest.def.options, confirmationRequest]);

/** Sends a mail. A mail that can never be sent is dead-lettered. */
const send = async (request: z.output<typeof anyRequest>): Promise<void> => {
  try {
    if (request.kind === "status-subscription") await sendConfirmation(request, deps);
    else await sendMail(request, deps);
  } catch (error) {
    if (!(error instanceof Failure) || error.retry) throw error;
    logger.error("a mail cannot be sent", { kind: request.kind, error });
    await unreadable.put(JSON.stringify(request));
  }
};

export const handler = batch(anyRequest, each(send), unreadable);
