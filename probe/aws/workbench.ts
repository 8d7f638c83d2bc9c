import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  DeleteRestApiCommand,
  GetResourcesCommand,
  PutIntegrationCommand,
  PutMethodCommand,
} from "@aws-sdk/client-api-gateway";
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  AddPermissionCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  waitUntilFunctionActive,
} from "@aws-sdk/client-lambda";
import { SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { apiMsMax, batchMax, pollMs, roleMsMax, windowSeconds } from "../limits.ts";
import type { Undo } from "../undo.ts";
import type { Workbench, WorkbenchAccount } from "../workbench.ts";
import type { Clients } from "./clients.ts";
import { functionCode } from "./functionCode.ts";
import { createQueue, type Queue } from "./queue.ts";
import { zip } from "./zip.ts";

const receipt = z.object({
  sentAt: z.number(),
  receivedAt: z.number(),
  batch: z.string(),
  size: z.number(),
});

interface Place {
  readonly undo: Undo;
  /** Prefix of the names of everything that is created. */
  readonly name: string;
}

/** A workbench in an account, which is created once. */
export const lambdaWorkbench = (clients: Clients, place: Place): WorkbenchAccount => {
  let made: Promise<Workbench> | undefined;
  return {
    workbench: () => {
      made ??= create(clients, place);
      return made;
    },
  };
};

const create = async (clients: Clients, place: Place): Promise<Workbench> => {
  const { undo, name } = place;
  const work = await createQueue(clients, undo, `${name}-work`, { VisibilityTimeout: "180" });
  const reports = await createQueue(clients, undo, `${name}-reports`);
  const role = await createRole(clients, place, work, reports);
  const { functionArn, ...creation } = await createFunction(clients, place, role, reports);
  await createMapping(clients, place, work);
  return {
    ...creation,
    async send(count) {
      for (let sent = 0; sent < count; sent += 10) {
        const ids = Array.from({ length: Math.min(10, count - sent) }, (_, i) => `${i}`);
        const Entries = ids.map((Id) => ({ Id, MessageBody: Id }));
        await clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: work.url, Entries }));
      }
    },
    async receipts() {
      return (await reports.receive()).map((body) => receipt.parse(JSON.parse(body)));
    },
    pathParameter: (path) => askApi(clients, place, functionArn, path),
  };
};

const createRole = async (
  { iam }: Clients,
  { undo, name: RoleName }: Place,
  work: Queue,
  reports: Queue,
): Promise<string> => {
  const PolicyName = "queues";
  undo.later(`role ${RoleName}`, async () => {
    const policy = new DeleteRolePolicyCommand({ RoleName, PolicyName });
    await iam.send(policy).catch(() => {});
    await iam.send(new DeleteRoleCommand({ RoleName }));
  });
  const trust = { Service: "lambda.amazonaws.com" };
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName,
      Description: "Godwit: npm run probe creates and deletes this role",
      AssumeRolePolicyDocument: policyOf({ Principal: trust, Action: "sts:AssumeRole" }),
    }),
  );
  const receive = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
  const PolicyDocument = policyOf(
    { Action: receive, Resource: work.arn },
    { Action: "sqs:SendMessage", Resource: reports.arn },
  );
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
  if (Role?.Arn === undefined) throw new Error("the new role has no ARN");
  return Role.Arn;
};

const policyOf = (...statements: object[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map((one) => ({ Effect: "Allow", ...one })),
  });

/** Creates the function as soon as Lambda can assume its new role. */
const createFunction = async (
  { lambda }: Clients,
  { undo, name: FunctionName }: Place,
  Role: string,
  reports: Queue,
) => {
  undo.later(`function ${FunctionName}`, async () => {
    await lambda.send(new DeleteFunctionCommand({ FunctionName }));
  });
  const command = new CreateFunctionCommand({
    FunctionName,
    Role,
    Runtime: "nodejs24.x",
    Architectures: ["arm64"],
    Handler: "index.handler",
    Timeout: 30,
    Code: { ZipFile: zip("index.js", functionCode) },
    Environment: { Variables: { REPORTS: reports.url } },
  });
  const start = Date.now();
  const { made, attempts } = await untilAssumable(() => lambda.send(command), start);
  const roleMs = Date.now() - start;
  const maxWaitTime = roleMsMax / 1_000;
  await waitUntilFunctionActive({ client: lambda, maxWaitTime }, { FunctionName });
  return { functionArn: made.FunctionArn ?? "", roleMs, roleAttempts: attempts };
};

/** Repeats a request while the new role or its policy is not known everywhere. */
const untilAssumable = async <T>(ask: () => Promise<T>, start: number) => {
  for (let attempts = 0; ; attempts += 1) {
    try {
      return { made: await ask(), attempts };
    } catch (error) {
      const isNew = error instanceof Error && error.name === "InvalidParameterValueException";
      if (!isNew || Date.now() - start > roleMsMax) throw error;
      await sleep(pollMs);
    }
  }
};

const createMapping = async (
  { lambda }: Clients,
  { undo, name: FunctionName }: Place,
  work: Queue,
): Promise<void> => {
  const command = new CreateEventSourceMappingCommand({
    FunctionName,
    EventSourceArn: work.arn,
    BatchSize: batchMax,
    MaximumBatchingWindowInSeconds: windowSeconds,
  });
  const { made } = await untilAssumable(() => lambda.send(command), Date.now());
  undo.later("event source mapping", async () => {
    await lambda.send(new DeleteEventSourceMappingCommand({ UUID: made.UUID }));
  });
};

/** Creates a REST API with a greedy path, and requests a path of it. */
const askApi = async (
  { apiGateway, lambda, region }: Clients,
  { undo, name }: Place,
  functionArn: string,
  path: string,
): Promise<string> => {
  const { id: restApiId } = await apiGateway.send(new CreateRestApiCommand({ name }));
  undo.later(`REST API ${name}`, async () => {
    await apiGateway.send(new DeleteRestApiCommand({ restApiId }));
  });
  const { items = [] } = await apiGateway.send(new GetResourcesCommand({ restApiId }));
  const root = { restApiId, parentId: items[0]?.id, pathPart: "{proxy+}" };
  const { id: resourceId } = await apiGateway.send(new CreateResourceCommand(root));
  const method = { restApiId, resourceId, httpMethod: "GET" };
  await apiGateway.send(new PutMethodCommand({ ...method, authorizationType: "NONE" }));
  const invoke = `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
  await apiGateway.send(
    new PutIntegrationCommand({
      ...method,
      type: "AWS_PROXY",
      integrationHttpMethod: "POST",
      uri: invoke,
    }),
  );
  await apiGateway.send(new CreateDeploymentCommand({ restApiId, stageName: "probe" }));
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: functionArn,
      StatementId: "api",
      Action: "lambda:InvokeFunction",
      Principal: "apigateway.amazonaws.com",
    }),
  );
  const emulator = process.env.AWS_ENDPOINT_URL;
  const base =
    emulator === undefined
      ? `https://${restApiId}.execute-api.${region}.amazonaws.com/probe`
      : `${emulator}/restapis/${restApiId}/probe/_user_request_`;
  return request(`${base}/${path}`);
};

/** A new API answers some seconds after its deployment. */
const request = async (url: string): Promise<string> => {
  const until = Date.now() + apiMsMax;
  for (;;) {
    const response = await fetch(url);
    const text = await response.text();
    if (response.ok) return z.string().parse(JSON.parse(text));
    if (Date.now() > until) throw new Error(`the API answers ${response.status} ${text}`);
    await sleep(pollMs);
  }
};
