import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { awsDeployments } from "#shared/aws/paging/drift/deployments.ts";
import { findDrift } from "#shared/paging/drift/findDrift.ts";
import { startCloudFormation } from "../../../local/cloudformation/cloudFormation.ts";
import { startCloudWatch } from "../../../local/cloudwatch/cloudwatch.ts";
import type { AwsService } from "../../../local/http/awsService.ts";
import { startIot } from "../../../local/iot/iot.ts";
import { createStack } from "../../../local/template/createStack.ts";
import { template } from "../../../local/template/template.ts";
import { startWorld as startEvents } from "../events/world.ts";
import { startWorld as startSns } from "../sns/world.ts";

const region = "us-east-1";
const account = "000000000000";
const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
const name = "Godwit-Region-us-east-1";
const log = () => {};

const parts = {
  Outputs: { TopicOfPages: { Value: { Ref: "Topic" } } },
  Resources: {
    Topic: { Type: "AWS::SNS::Topic", Properties: { DisplayName: "Pages" } },
    Mail: {
      Type: "AWS::SNS::Subscription",
      Properties: {
        TopicArn: { Ref: "Topic" },
        Protocol: "email",
        Endpoint: "ops@example.org",
      },
    },
    Late: {
      Type: "AWS::CloudWatch::Alarm",
      Properties: {
        AlarmActions: [{ Ref: "Topic" }],
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
        EvaluationPeriods: 3,
        DatapointsToAlarm: 2,
        Threshold: 5,
        Metrics: [
          { Id: "sum", Expression: "FILL(m1, 0)", Label: '<late> & "missing"' },
          {
            Id: "m1",
            ReturnData: false,
            MetricStat: {
              Metric: {
                Namespace: "AWS/SQS",
                MetricName: "Age",
                Dimensions: [{ Name: "QueueName", Value: { Ref: "AWS::StackName" } }],
              },
              Period: 60,
              Stat: "Maximum",
            },
          },
        ],
        TreatMissingData: "notBreaching",
      },
    },
    Group: {
      Type: "AWS::CloudWatch::CompositeAlarm",
      Properties: {
        AlarmActions: [{ Ref: "Topic" }],
        AlarmRule: { "Fn::Join": ["", ['ALARM("', { Ref: "Late" }, '")']] },
      },
    },
    Ended: {
      Type: "AWS::Events::Rule",
      Properties: {
        EventPattern: { source: ["aws.cloudwatch"] },
        State: "ENABLED",
        Targets: [{ Id: "Target0", Arn: { Ref: "Topic" } }],
      },
    },
    Returns: {
      Type: "AWS::IoT::TopicRule",
      Properties: {
        RuleName: "godwit_returns",
        TopicRulePayload: {
          Sql: "SELECT * FROM 'returns/+'",
          AwsIotSqlVersion: "2016-03-23",
          Actions: [{ Sqs: { QueueUrl: "http://127.0.0.1/q", RoleArn: "role", UseBase64: false } }],
        },
      },
    },
  },
};

const start = async () => {
  const options = { region, account, credentials, log };
  const cloudformation = await startCloudFormation(options);
  const cloudwatch = await startCloudWatch({
    ...options,
    folder: undefined,
    sources: () => [],
    outlets: { publish: async () => {}, putEvent: () => {} },
    quotaOf: () => undefined,
  });
  const folder = await mkdtemp(join(tmpdir(), "godwit-drift-"));
  const iot = await startIot({
    ...options,
    folder,
    mqttPort: 0,
    queues: { send: async () => {} },
    buckets: { put: async () => {} },
    tables: { put: async () => {} },
  });
  onTestFinished(async () => {
    await Promise.all([cloudformation.stop(), cloudwatch.stop(), iot.stop()]);
    await rm(folder, { recursive: true });
  });
  const { events } = await startEvents();
  const { sns } = await startSns();
  Object.assign(process.env, {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_CLOUDFORMATION: cloudformation.url,
    AWS_ENDPOINT_URL_CLOUDWATCH: cloudwatch.url,
    AWS_ENDPOINT_URL_EVENTBRIDGE: events.url,
    AWS_ENDPOINT_URL_IOT: iot.control.url,
    AWS_ENDPOINT_URL_SNS: sns.url,
  });
  const stack = { name, region, template: template.parse(parts) };
  const made = await createStack(stack, {
    account,
    providers: [cloudwatch, events, iot, sns].flatMap(({ providers }) => [...providers]),
    outputs: new Map(),
    exports: new Map(),
  });
  const { resources } = made;
  cloudformation.add({ ...stack, ...made });
  const deployments = awsDeployments([name], { now: Date.now });
  return {
    sns,
    describe: (form: Record<string, string>) => {
      const body = Buffer.from(new URLSearchParams(form).toString());
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      return cloudformation.handle({ method: "POST", url: "/", headers, body });
    },
    idOf: (logicalId: string) => resources.get(logicalId)?.ref ?? "",
    disabled: () => deployments.disabledRules(region),
    differences: async () => findDrift(await deployments.read(region)).map(({ text }) => text),
    onAlarm: (operation: string, input: object) =>
      call(cloudwatch, `GraniteServiceVersion20100801.${operation}`, input),
    onRule: (operation: string, input: object) => call(events, `AWSEvents.${operation}`, input),
    onTopicRule: async (name: string, operation: "enable" | "disable") => {
      const url = `/rules/${name}/${operation}`;
      const given = { method: "POST", url, headers: {}, body: Buffer.alloc(0) };
      expect((await iot.control.handle(given)).status).toBe(200);
    },
  };
};

/** Sends a request as the owner of the account, such as an operator with the AWS CLI. */
const call = async (service: AwsService, target: string, input: object): Promise<void> => {
  const { status } = await service.handle({
    method: "POST",
    url: "/",
    headers: { "x-amz-target": target, "content-type": "application/x-amz-json-1.0" },
    body: Buffer.from(JSON.stringify(input)),
  });
  expect(status).toBe(200);
};

it("a stack as its template states has no drift", async () => {
  const { differences } = await start();
  expect(await differences()).toEqual([]);
});

it("each change of a resource is found, until it is corrected", async () => {
  const { differences, disabled, idOf, onAlarm, onRule } = await start();
  expect(await disabled()).toEqual([]);
  const [alarm, rule] = [idOf("Group"), idOf("Ended")];
  await onAlarm("DisableAlarmActions", { AlarmNames: [alarm] });
  await onRule("DisableRule", { Name: rule });
  expect(await differences()).toEqual([
    `The actions of the alarm ${alarm} are disabled.`,
    `The rule ${rule} is disabled.`,
  ]);
  expect(await disabled()).toEqual([rule]);
  await onAlarm("EnableAlarmActions", { AlarmNames: [alarm] });
  await onRule("EnableRule", { Name: rule });
  expect(await differences()).toEqual([]);
  await onRule("RemoveTargets", { Rule: rule, Ids: ["Target0"] });
  expect(await differences()).toEqual([`A target of the rule ${rule} is missing.`]);
});

it("a topic rule that is disabled is found, until it is enabled", async () => {
  const { differences, disabled, onTopicRule } = await start();
  await onTopicRule("godwit_returns", "disable");
  expect(await differences()).toEqual(["The rule godwit_returns is disabled."]);
  expect(await disabled()).toEqual(["godwit_returns"]);
  await onTopicRule("godwit_returns", "enable");
  expect(await differences()).toEqual([]);
  expect(await disabled()).toEqual([]);
});

it("a subscription that its owner has removed is found", async () => {
  const { differences, idOf, sns } = await start();
  const form = new URLSearchParams({
    Action: "Unsubscribe",
    Version: "2010-03-31",
    SubscriptionArn: idOf("Mail"),
  });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const body = Buffer.from(form.toString());
  await sns.handle({ method: "POST", url: "/", headers, body });
  expect(await differences()).toEqual([
    "The subscription Mail (email) of the topic of pages is missing.",
  ]);
});

it("an active mute rule is found", async () => {
  const { differences, idOf, onAlarm } = await start();
  await onAlarm("PutAlarmMuteRule", {
    Name: "night",
    Rule: { Schedule: { Expression: "cron(* * * * *)", Duration: "PT1H" } },
    MuteTargets: { AlarmNames: [idOf("Late")] },
  });
  expect(await differences()).toEqual(["The mute rule night holds back alarms (1)."]);
});

it("the outputs of a stack are described, as the runbook asks for them", async () => {
  const { describe, idOf } = await start();
  const all = { Action: "DescribeStacks", Version: "2010-05-15" };
  for (const form of [all, { ...all, StackName: name }]) {
    const { status, body } = await describe(form);
    expect(status).toBe(200);
    expect(body).toContain(`<StackName>${name}</StackName>`);
    expect(body).toContain(
      `<OutputKey>TopicOfPages</OutputKey><OutputValue>${idOf("Topic")}</OutputValue>`,
    );
  }
  expect((await describe({ ...all, StackName: "Godwit-None" })).status).toBe(400);
});

it("a stack that does not exist fails the comparison", async () => {
  await start();
  await expect(awsDeployments(["Godwit-None"], { now: Date.now }).read(region)).rejects.toThrow(
    "Stack with id Godwit-None does not exist",
  );
});
