import { afterEach, expect, it } from "vitest";
import { awsCloud } from "../../regions/awsCloud.ts";
import { connectedDevicesMax } from "../../regions/cloud.ts";
import { type Answer, type Asked, startFakeAws } from "../preflight/support/fakeAws.ts";

// The SDK reads credentials from the environment; test/ownVariables.ts restores it.
const credentials = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

/** The account behind a server that answers as AWS documents it. */
const cloudWith = async (answers: Record<string, (asked: Asked) => Answer>) => {
  const aws = await startFakeAws((asked) => {
    const answer = answers[asked.operation];
    if (answer === undefined) throw new Error(`no answer for ${asked.operation}`);
    return answer(asked);
  });
  stops.push(aws.stop);
  Object.assign(process.env, credentials);
  return { ...aws, cloud: awsCloud({ endpoint: aws.endpoint }) };
};

const region = "eu-west-1";
const stack = `Godwit-Region-${region}`;

const summaries = (...resources: (readonly [string, string, string, string])[]): Answer => ({
  body: `<StackResourceSummaries>${resources
    .map(
      ([id, type, physical, status]) =>
        `<member><LogicalResourceId>${id}</LogicalResourceId><ResourceType>${type}</ResourceType><PhysicalResourceId>${physical}</PhysicalResourceId><ResourceStatus>${status}</ResourceStatus><LastUpdatedTimestamp>2026-11-01T00:00:00Z</LastUpdatedTimestamp></member>`,
    )
    .join("")}</StackResourceSummaries>`,
});

it("a stack exists unless CloudFormation does not know its name", async () => {
  const { cloud, asked } = await cloudWith({
    DescribeStacks: ({ input }) =>
      input.StackName === stack
        ? {
            body: `<Stacks><member><StackName>${stack}</StackName><StackStatus>UPDATE_COMPLETE</StackStatus><CreationTime>2026-11-01T00:00:00Z</CreationTime></member></Stacks>`,
          }
        : {
            status: 400,
            body: `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id ${input.StackName} does not exist</Message></Error></ErrorResponse>`,
          },
  });
  expect(await cloud.hasStack(region, stack)).toBe(true);
  expect(await cloud.hasStack(region, "Godwit-State")).toBe(false);
  expect(asked.map((one) => one.region)).toEqual([region, region]);
});

it("the leftovers are those of the latest deleted stack that has left anything", async () => {
  const deleted = (id: string, at: string, name = stack) =>
    `<member><StackId>${id}</StackId><StackName>${name}</StackName><StackStatus>DELETE_COMPLETE</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime><DeletionTime>${at}</DeletionTime></member>`;
  const { cloud } = await cloudWith({
    ListStacks: () => ({
      body: `<StackSummaries>${deleted("first", "2026-10-01T00:00:00Z")}${deleted("failed", "2026-11-03T00:00:00Z")}${deleted("last", "2026-11-01T00:00:00Z")}${deleted("other", "2026-11-02T00:00:00Z", "Other")}</StackSummaries>`,
    }),
    ListStackResources: ({ input }) =>
      input.StackName === "last"
        ? summaries(
            ["ThingPolicy", "AWS::IoT::Policy", "godwit_device", "DELETE_SKIPPED"],
            ["Events", "AWS::SQS::Queue", "url", "DELETE_COMPLETE"],
          )
        : summaries(),
  });
  expect(await cloud.leftovers(region, stack)).toEqual([
    { logicalId: "ThingPolicy", type: "AWS::IoT::Policy", physicalId: "godwit_device" },
  ]);
  expect(await cloud.leftovers(region, "Never")).toEqual([]);
});

it("connected devices are counted in the region's sessions, up to a maximum", async () => {
  let pages = 0;
  const { cloud, asked } = await cloudWith({
    Scan: () => {
      pages += 1;
      return { body: { Count: 600, ScannedCount: 700, LastEvaluatedKey: { pk: { S: "x" } } } };
    },
  });
  expect(await cloud.connectedDevices(region)).toBe(connectedDevicesMax);
  expect(pages).toBe(2);
  expect(asked[0]?.input).toMatchObject({
    TableName: "godwit-sessions",
    FilterExpression: "sk = :region AND connected = :yes",
    ExpressionAttributeValues: { ":region": { S: region }, ":yes": { BOOL: true } },
  });
});

it("work is left in queues with messages, also received or delayed ones, and in the waiting table", async () => {
  const { cloud } = await cloudWith({
    ListStackResources: () =>
      summaries(
        ["Events", "AWS::SQS::Queue", "https://sqs/events", "CREATE_COMPLETE"],
        ["Empty", "AWS::SQS::Queue", "https://sqs/empty", "CREATE_COMPLETE"],
        ["PipelineWaitingTableA1", "AWS::DynamoDB::GlobalTable", "Waiting-1", "CREATE_COMPLETE"],
        ["SeenEvents", "AWS::DynamoDB::GlobalTable", "Seen-1", "CREATE_COMPLETE"],
      ),
    GetQueueAttributes: ({ input }) => ({
      body: {
        Attributes: {
          ApproximateNumberOfMessages: "0",
          ApproximateNumberOfMessagesNotVisible: String(input.QueueUrl).endsWith("events")
            ? "2"
            : "0",
          ApproximateNumberOfMessagesDelayed: String(input.QueueUrl).endsWith("events") ? "1" : "0",
        },
      },
    }),
    Scan: ({ input }) => ({ body: { Count: input.TableName === "Waiting-1" ? 1 : 0 } }),
  });
  expect(await cloud.leftWork(region, stack)).toEqual([
    { name: "Events", messages: 3 },
    { name: "waiting deliveries" },
  ]);
});

it("the replicas of the tables are those that DynamoDB lists in the state region", async () => {
  const { cloud, asked } = await cloudWith({
    DescribeTable: () => ({ body: { Table: { Replicas: [{ RegionName: region }] } } }),
  });
  expect(await cloud.hasReplica("us-east-1", region)).toBe(true);
  expect(await cloud.hasReplica("us-east-1", "ap-southeast-2")).toBe(false);
  expect(asked[0]).toMatchObject({ region: "us-east-1", input: { TableName: "godwit-accounts" } });
});
