import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../platform/log.ts";
import { DeliveryError } from "./deliveryError.ts";
import { postToEndpoint } from "./httpEndpoint.ts";
import { confirmationJson, type NotificationDeps } from "./notification.ts";
import { retryMs, retryPolicies } from "./retryPolicy.ts";
import type { Subscription } from "./subscription.ts";
import type { Subscriptions } from "./subscriptions.ts";

interface ConfirmDeps {
  readonly notification: NotificationDeps;
  readonly ca: string | undefined;
  readonly subscriptions: Pick<Subscriptions, "find">;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * Asks an HTTP endpoint to confirm its subscription, with the retries of a delivery, until a later
 * request replaces this one. Never fails.
 * https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html
 */
export const askToConfirm = async (
  { arn, topicArn, endpoint, token }: Subscription,
  { notification, ca, subscriptions, signal, log }: ConfirmDeps,
): Promise<void> => {
  if (token === undefined) return;
  const id = crypto.randomUUID();
  const body = JSON.stringify(
    await confirmationJson({ topicArn, token, id }, notification),
    undefined,
    2,
  );
  const headers = {
    "x-amz-sns-message-type": "SubscriptionConfirmation",
    "x-amz-sns-message-id": id,
    "x-amz-sns-topic-arn": topicArn,
  };
  for (let retry = 0; subscriptions.find(arn)?.token === token; retry += 1) {
    try {
      await postToEndpoint({ url: endpoint, headers, body, ca });
      return;
    } catch (error) {
      const isRetryable = error instanceof DeliveryError && error.isRetryable;
      const waitMs = isRetryable ? retryMs(retryPolicies.http, retry) : undefined;
      if (waitMs === undefined) {
        log(
          "subscription not confirmed",
          { topic: topicArn, endpoint, reason: String(error) },
          "warn",
        );
        return;
      }
      try {
        await sleep(waitMs, undefined, { signal, ref: false });
      } catch {
        return;
      }
    }
  }
};
