import { DescribeStackResourceCommand } from "@aws-sdk/client-cloudformation";
import { paginateListSubscriptionsByTopic } from "@aws-sdk/client-sns";
import type { Aws } from "../aws.ts";
import type { Check } from "../check.ts";
import { isNotFound } from "../explain.ts";
import { pagesMax } from "../limits.ts";
import { type Finding, ok } from "../row.ts";

/** Whether the address of `pageEmail` has confirmed that it wants the pages. */
export const checkPages: Check = async ({ aws, requirements, signal }) => {
  if (!requirements.hasAlarmTopic) return [];
  if (requirements.pages.length === 0) {
    return [
      {
        check: "SNS: pages",
        found: "no pageEmail",
        needed: "an address",
        result: "note",
        action:
          "Alarms notify no one. Set pageEmail in cdk.json, or subscribe a paging service to the topic.",
      },
    ];
  }
  const findings: Finding[] = [];
  for (const { stack, topic, address } of requirements.pages) {
    const state = await subscriptionOf(aws, { stack, topic, address }, signal);
    findings.push(findingOf(`SNS: ${address}`, state));
  }
  return findings;
};

type State = "not deployed" | "none" | "pending" | "confirmed";

const findingOf = (check: string, state: State): Finding => {
  const needed = "confirmed subscription";
  if (state === "confirmed") return ok(check, "confirmed", needed);
  const action =
    state === "pending"
      ? 'Open the link in the mail "AWS Notification - Subscription Confirmation". After three days the link is invalid: deploy without pageEmail, then with it.'
      : "AWS sends a mail to this address during the deployment: open its link.";
  const found = state === "none" ? "no subscription" : state;
  return { check, found, needed, result: "note", action };
};

const subscriptionOf = async (
  { cloudFormation, sns }: Aws,
  { stack, topic, address }: { stack: string; topic: string; address: string },
  abortSignal: AbortSignal,
): Promise<State> => {
  const command = new DescribeStackResourceCommand({ StackName: stack, LogicalResourceId: topic });
  const TopicArn = await cloudFormation.send(command, { abortSignal }).then(
    ({ StackResourceDetail }) => StackResourceDetail?.PhysicalResourceId,
    (error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    },
  );
  if (TopicArn === undefined) return "not deployed";
  let pages = 0;
  const input = { TopicArn };
  for await (const page of paginateListSubscriptionsByTopic({ client: sns }, input, {
    abortSignal,
  })) {
    const found = page.Subscriptions?.find(({ Endpoint }) => Endpoint === address);
    if (found !== undefined) {
      return found.SubscriptionArn === "PendingConfirmation" ? "pending" : "confirmed";
    }
    pages += 1;
    if (pages === pagesMax) break;
  }
  return "none";
};
