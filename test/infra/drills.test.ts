import { describe, expect, it } from "vitest";
import { drillFaultsPercent, drillMinutes, drillSlowMs } from "../../infra/sizes.ts";
import { app, ofType, type Resource, type Template, templateOf } from "./synthesized.ts";

const regions = ["us-east-1", "eu-west-1"];
const off = app({ regions });
const on = app({ regions, drills: "true" });
const drills = templateOf(on, "Godwit-Drills-us-east-1");
const region = templateOf(on, "Godwit-Region-us-east-1");
const without = templateOf(off, "Godwit-Region-us-east-1");

const drill = (id: string) => drills.Resources[id]?.Properties;

/** Matches a reference to a resource of another stack by its logical id. */
const refersTo = (name: string) =>
  expect.toSatisfy((value) => JSON.stringify(value).includes(`GetAtt${name}`));

const serviceOf = ({ Properties }: Resource): string =>
  Properties.Environment.Variables.POWERTOOLS_SERVICE_NAME;

/** The functions with the extension of AWS FIS. */
const affectedFunctions = (of: Template) =>
  ofType(of, "AWS::Lambda::Function")
    .filter(([, { Properties }]) => Properties.Layers !== undefined)
    .map(([, made]) => made);

it("drills exist only if the context enables them", () => {
  const names = (of: typeof on) => of.synth().stacks.map(({ stackName }) => stackName);
  expect(names(off).filter((name) => name.includes("Drills"))).toEqual([]);
  expect(names(on).filter((name) => name.includes("Drills"))).toHaveLength(2);
  expect(affectedFunctions(without)).toEqual([]);
});

it("drills change only four functions, their permissions and the fault configuration of a region", () => {
  const changed = Object.keys(region.Resources).filter(
    (id) => JSON.stringify(region.Resources[id]) !== JSON.stringify(without.Resources[id]),
  );
  const kinds = changed.map((id) => id.replace(/(DefaultPolicy)?[0-9A-F]{8}$/, ""));
  expect(kinds.sort()).toEqual([
    "FaultsBucket",
    "FaultsBucketPolicy",
    "FaultsFis",
    "FaultsFis",
    "Pipelinedeliver",
    "PipelinedeliverRole",
    "Pipelineroute",
    "PipelinerouteRole",
    "Servicecall",
    "ServicecallRole",
    "Servicepublish",
    "ServicepublishRole",
  ]);
  expect(Object.keys(without.Resources).filter((id) => !region.Resources[id])).toEqual([]);
});

describe("the functions that drills affect", () => {
  it("are four, without the streaming function", () => {
    expect(affectedFunctions(region).map(serviceOf).sort()).toEqual([
      "call",
      "deliver",
      "publish",
      "route",
    ]);
  });

  it("have the extension of AWS FIS for arm64 and the location of its configuration", () => {
    const [bucket] = ofType(region, "AWS::S3::Bucket").find(([id]) => id.includes("Faults")) ?? [];
    for (const { Properties } of affectedFunctions(region)) {
      const [{ Ref }] = Properties.Layers;
      const extension = region.Parameters?.[Ref];
      expect(extension).toEqual({
        Type: "AWS::SSM::Parameter::Value<String>",
        Default: "/aws/service/fis/lambda-extension/AWS-FIS-extension-arm64/1.x.x",
      });
      expect(Properties.Environment.Variables).toMatchObject({
        AWS_LAMBDA_EXEC_WRAPPER: "/opt/aws-fis/bootstrap",
        AWS_FIS_CONFIGURATION_LOCATION: {
          "Fn::Join": ["", [{ "Fn::GetAtt": [bucket, "Arn"] }, "/FisConfigs/"]],
        },
      });
    }
  });
});

it.each([
  [
    "WorkersFail",
    "aws:lambda:invocation-error",
    { invocationPercentage: `${drillFaultsPercent}`, preventExecution: "true" },
    ["Pipelineroute", "Pipelinedeliver"],
  ],
  [
    "WorkersSlow",
    "aws:lambda:invocation-add-delay",
    {
      invocationPercentage: `${drillFaultsPercent}`,
      startupDelayMilliseconds: `${drillSlowMs}`,
    },
    ["Pipelineroute", "Pipelinedeliver"],
  ],
  [
    "ApiSlow",
    "aws:lambda:invocation-add-delay",
    {
      invocationPercentage: `${drillFaultsPercent}`,
      startupDelayMilliseconds: `${drillSlowMs}`,
    },
    ["Servicepublish", "Servicecall"],
  ],
])("%s runs %s on its functions", (id, ActionId, parameters, functions) => {
  const { Actions, Targets } = drill(id) ?? {};
  const [name = ""] = Object.keys(Targets);
  expect(Targets).toEqual({
    [name]: {
      ResourceType: "aws:lambda:function",
      ResourceArns: functions.map(refersTo),
      SelectionMode: "ALL",
    },
  });
  const Parameters = { duration: `PT${drillMinutes}M`, ...parameters };
  expect(Actions).toEqual({ [name]: { ActionId, Parameters, Targets: { Functions: name } } });
});

it("ReplicationPaused pauses the replication of every global table, with several regions only", () => {
  const tables = ofType(templateOf(on, "Godwit-State"), "AWS::DynamoDB::GlobalTable").map(
    ([, { Properties }]) => `:table/${Properties.TableName}"`,
  );
  const { Actions, Targets } = drill("ReplicationPaused") ?? {};
  const targeted = Object.values<{ ResourceType: string; ResourceArns: unknown[] }>(Targets);
  const arns = targeted.map(({ ResourceType, ResourceArns }) => {
    expect([ResourceType, ResourceArns.length]).toEqual(["aws:dynamodb:global-table", 1]);
    return JSON.stringify(ResourceArns);
  });
  expect(arns).toHaveLength(tables.length);
  for (const table of tables) {
    expect(arns.filter((arn) => arn.includes(table))).toHaveLength(1);
  }
  for (const [name, action] of Object.entries(Actions)) {
    expect(action).toEqual({
      ActionId: "aws:dynamodb:global-table-pause-replication",
      Parameters: { duration: `PT${drillMinutes}M` },
      Targets: { Tables: name },
    });
  }
  const alone = templateOf(app({ drills: true }), "Godwit-Drills-us-east-1");
  expect(alone.Resources.ReplicationPaused).toBeUndefined();
});

it.each([
  [
    "WorkersFail",
    ["PipelineRecordsMissing", "PipelineEventsDeadLettersWait", "PipelineDeliveriesDeadLettered"],
  ],
  [
    "WorkersSlow",
    ["PipelineRecordsMissing", "PipelineEventsDeadLettersWait", "PipelineDeliveriesDeadLettered"],
  ],
  ["ApiSlow", ["ApiErrors"]],
  [
    "ReplicationPaused",
    [
      "PipelineRecordsMissing",
      "PipelineEventsDeadLettersWait",
      "PipelineDeliveriesDeadLettered",
      "ApiErrors",
    ],
  ],
])("%s is stopped by alarms that page", (id, alarms) => {
  expect(drill(id)?.StopConditions).toEqual(
    alarms.map((name) => ({ Source: "aws:cloudwatch:alarm", Value: refersTo(name) })),
  );
});

it("only AWS FIS can assume the role of the drills, and it has no other permissions", () => {
  const [role, made] =
    ofType(region, "AWS::IAM::Role").find(([id]) => id.startsWith("FaultsFis")) ?? [];
  expect(made?.Properties.AssumeRolePolicyDocument.Statement).toMatchObject([
    {
      Principal: { Service: "fis.amazonaws.com" },
      Condition: {
        StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
        ArnLike: {
          "aws:SourceArn": {
            "Fn::Join": ["", expect.arrayContaining([":experiment/*"])],
          },
        },
      },
    },
  ]);
  const [, policy] =
    ofType(region, "AWS::IAM::Policy").find(
      ([, { Properties }]) => Properties.Roles[0].Ref === role,
    ) ?? [];
  const statements: { Action: string | string[]; Resource: unknown }[] =
    policy?.Properties.PolicyDocument.Statement;
  expect(statements.map(({ Action }) => Action)).toEqual([
    ["s3:DeleteObject", "s3:PutObject"],
    "lambda:GetFunction",
    [
      "dynamodb:DeleteResourcePolicy",
      "dynamodb:DescribeTable",
      "dynamodb:GetResourcePolicy",
      "dynamodb:PutResourcePolicy",
    ],
    "tag:GetResources",
  ]);
  const wild = statements.filter(({ Resource }) => Resource === "*");
  expect(wild.map(({ Action }) => Action)).toEqual(["tag:GetResources"]);
  expect(ofType(drills, "AWS::IAM::Role")).toEqual([]);
});
