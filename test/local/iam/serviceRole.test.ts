import { expect, it, vi } from "vitest";
import { openAccess } from "../../../local/iam/access.ts";
import { functionRoles } from "../../../local/iam/functionRoles.ts";
import { openIam } from "../../../local/iam/iam.ts";
import { authorizeService, mayInvoke } from "../../../local/iam/serviceRole.ts";
import { openAction } from "../../../local/iot/rule/action.ts";
import type { FunctionConfig } from "../../../local/lambda/function/functionConfig.ts";

const account = "000000000000";
const region = "us-east-1";
const roleArn = `arn:aws:iam::${account}:role/Stack-Role`;
const ruleArn = `arn:aws:iot:${region}:${account}:rule/events`;
const queueArn = `arn:aws:sqs:${region}:${account}:q`;
const place = { stack: "Stack", region, account };

/** An account with the role `Stack-Role`, which a service may assume, and further resources. */
const accountWith = async ({
  service = "iot.amazonaws.com",
  source = ruleArn,
  statements = [],
  permission,
}: {
  service?: string;
  source?: string;
  statements?: readonly object[];
  permission?: object;
}) => {
  const iam = openIam({ account, owner: { accessKeyId: "OWNER", secretAccessKey: "secret" } });
  const create = async (type: string, properties: object, logicalId: string) => {
    const provider = iam.providers.find((each) => each.type === type)!;
    await provider.create(provider.properties.parse(properties), { ...place, logicalId });
  };
  const trust = {
    Effect: "Allow",
    Principal: { Service: service },
    Action: "sts:AssumeRole",
    Condition: { ArnEquals: { "aws:SourceArn": source } },
  };
  const document = (Statement: readonly object[]) => ({ Version: "2012-10-17", Statement });
  const Role = { AssumeRolePolicyDocument: document([trust]) };
  await create("AWS::IAM::Role", Role, "Role");
  if (statements.length > 0) {
    const policy = { PolicyName: "p", PolicyDocument: document(statements), Roles: ["Stack-Role"] };
    await create("AWS::IAM::Policy", policy, "Policy");
  }
  if (permission) await create("AWS::Lambda::Permission", permission, "Permission");
  const access = openAccess();
  access.set(iam.data());
  return { iam, access };
};

const allow = (Action: string | string[], Resource: string) => ({
  Effect: "Allow",
  Action,
  Resource,
});
const send = allow("sqs:SendMessage", queueArn);

it("a service needs a role that it may assume, with the permission", async () => {
  const check = (access: Awaited<ReturnType<typeof accountWith>>["access"]) => () =>
    authorizeService(
      { access, roleArn, service: "iot.amazonaws.com", sourceArn: ruleArn, account },
      [{ action: "sqs:SendMessage", resource: queueArn }],
    );
  check((await accountWith({ statements: [send] })).access)();
  expect(check((await accountWith({})).access)).toThrow("sqs:SendMessage");
  const wrongService = await accountWith({ service: "lambda.amazonaws.com", statements: [send] });
  expect(check(wrongService.access)).toThrow("may not assume the role");
  const wrongRule = await accountWith({ source: `${ruleArn}2`, statements: [send] });
  expect(check(wrongRule.access)).toThrow("may not assume the role");
});

it("a rule's action fails without the permission of its role", async () => {
  const sent: string[] = [];
  const run = async (statements: readonly object[]) => {
    const { access } = await accountWith({ statements });
    const action = openAction(
      { Sqs: { QueueUrl: `http://127.0.0.1/${account}/q`, RoleArn: roleArn, UseBase64: false } },
      {
        queues: { send: async (_, body) => void sent.push(body) },
        buckets: { put: async () => {} },
        tables: { put: async () => {} },
        place: { region, account, ruleArn, access },
      },
    );
    await action.run(Buffer.from("x"), { topic: "t", payload: Buffer.from("x"), clientId: "c" });
  };
  await expect(run([allow("sqs:SendMessage", `${queueArn}2`)])).rejects.toThrow("sqs:SendMessage");
  expect(sent).toEqual([]);
  await run([send]);
  expect(sent).toEqual(["x"]);
});

it("a service may invoke a function that permits it, for the source that it permits", async () => {
  const functionArn = `arn:aws:lambda:${region}:${account}:function:fn`;
  const sourceArn = `arn:aws:events:${region}:${account}:rule/clock`;
  const permission = {
    Action: "lambda:InvokeFunction",
    FunctionName: "fn",
    Principal: "events.amazonaws.com",
    SourceArn: sourceArn,
  };
  const { access } = await accountWith({ permission });
  const asked = { functionArn, service: "events.amazonaws.com", sourceArn, account };
  expect(mayInvoke(access, asked)).toBe(true);
  expect(mayInvoke(access, { ...asked, sourceArn: `${sourceArn}2` })).toBe(false);
  expect(mayInvoke(access, { ...asked, service: "apigateway.amazonaws.com" })).toBe(false);
  expect(mayInvoke(access, { ...asked, functionArn: `${functionArn}2` })).toBe(false);
});

const config = (logGroup?: string): FunctionConfig => ({
  name: "fn",
  shortName: "fn",
  arn: ruleArn,
  role: roleArn,
  logGroup,
  region,
  folder: "",
  handler: "index.handler",
  runtime: "nodejs24.x",
  timeoutSeconds: 1,
  memoryMb: 128,
  reserved: undefined,
  variables: {},
});

it("a mapping's function needs the permissions of Lambda's poller", async () => {
  const check = async (...actions: string[]) => {
    const { iam, access } = await accountWith({ statements: [allow(actions, queueArn)] });
    functionRoles({ iam, access, account, log: () => {} }).checkMapping(config(), queueArn);
  };
  const needed = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
  await check(...needed);
  for (const missing of needed) {
    const rest = needed.filter((action) => action !== missing);
    await expect(check(...rest)).rejects.toThrow(
      `does not have permissions to call ${missing.split(":")[1]} on SQS`,
    );
  }
});

it("a function needs a role that Lambda may assume, and is warned about a lost log", async () => {
  const log = vi.fn();
  const check = async (service: string, ...statements: readonly object[]) => {
    const { iam, access } = await accountWith({ service, statements });
    functionRoles({ iam, access, account, log }).checkFunction(config("Stack-Log"));
  };
  await expect(check("iot.amazonaws.com")).rejects.toMatchObject({ name: "StartError" });
  await check("lambda.amazonaws.com");
  expect(log).toHaveBeenCalledOnce();
  const group = `arn:aws:logs:${region}:${account}:log-group:Stack-Log:*`;
  const write = allow(["logs:CreateLogStream", "logs:PutLogEvents"], group);
  await check("lambda.amazonaws.com", write);
  expect(log).toHaveBeenCalledOnce();
});

it("a policy is checked where the stack creates it", async () => {
  const broken = { ...send, Condition: { StringMatches: { "s3:prefix": "a" } } };
  await expect(accountWith({ statements: [broken] })).rejects.toThrow(
    "the condition operator StringMatches is not supported",
  );
});
