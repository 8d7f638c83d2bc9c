import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
  paginateListStacks,
  type StackResourceSummary,
} from "@aws-sdk/client-cloudformation";
import {
  DescribeTableCommand,
  DynamoDBClient,
  paginateScan,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { omitUndefined } from "#shared/platform/omitUndefined.ts";
import { globalTableNames } from "../infra/constructs/globalTableNames.ts";
import { type Cloud, connectedDevicesMax, type LeftResource, type LeftWork } from "./cloud.ts";

interface Access {
  readonly profile?: string | undefined;
  /** One endpoint for all services; the SDK's own if undefined. */
  readonly endpoint?: string | undefined;
}

/**
 * A stack of a deployment has a few hundred resources, and an account at most thousands of stacks.
 */
const pagesMax = 100;
const deletedStacksMax = 20;

/** States of a stack whose creation was not completed. The CDK deletes it before it creates it. */
const unused = /^(DELETE_COMPLETE|REVIEW_IN_PROGRESS|ROLLBACK_COMPLETE|ROLLBACK_FAILED)$/;

/** The AWS account of the SDK's credentials. */
export const awsCloud = ({ profile, endpoint }: Access): Cloud => {
  const options = (region: string) => ({
    region,
    maxAttempts: 5,
    ...omitUndefined({ profile, endpoint }),
  });
  return {
    async hasStack(region, name) {
      const client = new CloudFormationClient(options(region));
      try {
        const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
        return Stacks.some(({ StackStatus = "" }) => !unused.test(StackStatus));
      } catch (error) {
        if (error instanceof Error && /does not exist/.test(error.message)) return false;
        throw error;
      }
    },

    async hasReplica(stateRegion, region) {
      const db = new DynamoDBClient(options(stateRegion));
      const command = new DescribeTableCommand({ TableName: globalTableNames.accounts });
      const { Table } = await db.send(command);
      return (Table?.Replicas ?? []).some(({ RegionName }) => RegionName === region);
    },

    leftovers: (region, stack) => leftovers(new CloudFormationClient(options(region)), stack),

    async connectedDevices(region) {
      const client = new DynamoDBClient(options(region));
      const scan = {
        TableName: globalTableNames.sessions,
        Select: "COUNT",
        FilterExpression: "sk = :region AND connected = :yes",
        ExpressionAttributeValues: { ":region": { S: region }, ":yes": { BOOL: true } },
      } as const;
      let connected = 0;
      for await (const { Count = 0 } of paginateScan({ client }, scan)) {
        connected += Count;
        if (connected >= connectedDevicesMax) return connectedDevicesMax;
      }
      return connected;
    },

    leftWork: (region, stack) => leftWork(options(region), stack),
  };
};

/** The queues of a stack with messages, and whether deliveries wait in its table. */
const leftWork = async (
  options: { readonly region: string; readonly maxAttempts: number },
  stack: string,
): Promise<LeftWork[]> => {
  const resources = await resourcesOf(new CloudFormationClient(options), stack);
  const queues = resources.filter(({ ResourceType }) => ResourceType === "AWS::SQS::Queue");
  const sqs = new SQSClient(options);
  const work: LeftWork[] = [];
  for (const { LogicalResourceId: name = "", PhysicalResourceId: url } of queues) {
    const messages = await countMessages(sqs, url);
    if (messages > 0) work.push({ name, messages });
  }
  const waiting = resources.find(
    ({ ResourceType, LogicalResourceId = "" }) =>
      ResourceType === "AWS::DynamoDB::GlobalTable" && /^PipelineWaiting/.test(LogicalResourceId),
  );
  if (waiting === undefined) return work;
  const db = new DynamoDBClient(options);
  const table = { TableName: waiting.PhysicalResourceId ?? "", Limit: 1 };
  const { Count = 0 } = await db.send(new ScanCommand({ ...table, Select: "COUNT" }));
  return Count === 0 ? work : [...work, { name: "waiting deliveries" }];
};

/**
 * The resources that CloudFormation has skipped when it deleted a stack. A later stack of the same
 * name that failed and left nothing is passed over.
 */
const leftovers = async (client: CloudFormationClient, name: string): Promise<LeftResource[]> => {
  for (const id of (await deletedStacks(client, name)).slice(0, deletedStacksMax)) {
    const skipped = (await resourcesOf(client, id)).filter(
      ({ ResourceStatus }) => ResourceStatus === "DELETE_SKIPPED",
    );
    if (skipped.length === 0) continue;
    return skipped.map(
      ({ LogicalResourceId = "", ResourceType = "", PhysicalResourceId = "" }) => ({
        logicalId: LogicalResourceId,
        type: ResourceType,
        physicalId: PhysicalResourceId,
      }),
    );
  }
  return [];
};

/** The ids of the deleted stacks with this name, the latest first. */
const deletedStacks = async (client: CloudFormationClient, name: string): Promise<string[]> => {
  const found: { readonly id: string; readonly at: number }[] = [];
  let pages = 0;
  const deleted = { StackStatusFilter: ["DELETE_COMPLETE" as const] };
  for await (const { StackSummaries = [] } of paginateListStacks({ client }, deleted)) {
    for (const { StackName, StackId: id = "", DeletionTime } of StackSummaries) {
      if (StackName === name) found.push({ id, at: DeletionTime?.getTime() ?? 0 });
    }
    pages += 1;
    if (pages === pagesMax) break;
  }
  return found.sort((a, b) => b.at - a.at).map(({ id }) => id);
};

const resourcesOf = async (
  client: CloudFormationClient,
  StackName: string,
): Promise<StackResourceSummary[]> => {
  const found: StackResourceSummary[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName })) {
    found.push(...(page.StackResourceSummaries ?? []));
  }
  return found;
};

const counts = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
] as const;

const countMessages = async (sqs: SQSClient, QueueUrl: string | undefined): Promise<number> => {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...counts] });
  const { Attributes = {} } = await sqs.send(command);
  return counts.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
};
