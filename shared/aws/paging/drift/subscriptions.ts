import type { DeployedSubscription } from "../../../paging/drift/deployment.ts";
import { isServiceError } from "../../call/call.ts";
import { openQueryCaller } from "../../call/queryCaller.ts";
import { textsOf } from "../../call/xml.ts";
import { standardRetry } from "../../platform/clients.ts";

const service = { name: "sns", version: "2010-03-31" } as const;
/** Pages of 100 subscriptions that are read. */
const pagesMax = 10;

/**
 * The subscriptions of a topic; `undefined` if the topic does not exist. One without a confirmation
 * has the ARN `PendingConfirmation`.
 * https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
 */
export const readSubscriptions = async (
  topic: string,
  region: string,
): Promise<DeployedSubscription[] | undefined> => {
  const call = openQueryCaller(service, standardRetry, region);
  const found: DeployedSubscription[] = [];
  let NextToken: string | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    let xml: string;
    try {
      xml = await call("ListSubscriptionsByTopic", {
        TopicArn: topic,
        ...(NextToken !== undefined && { NextToken }),
      });
    } catch (error) {
      if (isServiceError(error, "NotFound")) return undefined;
      throw error;
    }
    for (const [, member = ""] of xml.matchAll(/<member>(.*?)<\/member>/gs)) {
      const [protocol = ""] = textsOf(member, "Protocol");
      const [endpoint = ""] = textsOf(member, "Endpoint");
      const [arn = ""] = textsOf(member, "SubscriptionArn");
      found.push({ protocol, endpoint, isConfirmed: arn.startsWith("arn:") });
    }
    [NextToken] = textsOf(xml, "NextToken");
    if (NextToken === undefined) break;
  }
  return found;
};
