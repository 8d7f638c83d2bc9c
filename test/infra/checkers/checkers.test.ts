import { describe, expect, it } from "vitest";
import { app, type Template, templatesOf } from "../synthesized.ts";
import { permissionFindings } from "./permissions.ts";
import { specificationFindings } from "./specification.ts";
import { validatorFindings } from "./validator.ts";

const certificateArn =
  "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012";

/** A name of the status page in each of two regions. */
const domains = {
  "us-east-1": { name: "status.example.com", certificateArn },
  "eu-west-1": { name: "status-2.example.com", certificateArn },
};

/** Every kind of deployment: together they contain each resource that a template can have. */
const configurations: readonly (readonly [string, Record<string, unknown>])[] = [
  ["the default: one region, starter", {}],
  [
    "two regions with a domain name, receivers of pages and names of the status page, standard",
    {
      mailFrom: "cloud@example.com",
      heartbeatUrl: "/godwit/pages/heartbeat",
      pageReceivers: [
        { kind: "pagerDuty", name: "on-call", secret: "/godwit/pages/pagerduty" },
        { kind: "email", name: "team", to: "team@example.com" },
      ],
      statusPage: { title: "Example", domains },
      size: "standard",
      regions: ["us-east-1", "eu-west-1"],
      domain: "cloud.example.com",
      hostedZoneId: "Z123456ABC",
      pageEmail: "on-call@example.com",
    },
  ],
  [
    "three regions with drills and mail",
    {
      regions: ["eu-central-1", "us-west-2", "ap-southeast-2"],
      drills: true,
      mailFrom: "cloud@example.com",
      pageEmail: "on-call@example.com",
    },
  ],
];

const stacks = configurations.flatMap(([name, context]) =>
  templatesOf(app(context)).map(([stack, template]) => ({ name, stack, template })),
);

describe("tools that others wrote find nothing in the templates", () => {
  it.each(stacks)("CloudFormation's specification: $name, $stack", ({ template }) => {
    expect(specificationFindings(template)).toEqual([]);
  });
  it.each(stacks)("AWS's validator: $name, $stack", ({ template }) => {
    expect(validatorFindings(template)).toEqual([]);
  });
  it.each(stacks)("the data of IAM: $name, $stack", async ({ template }) => {
    expect(await permissionFindings(template)).toEqual([]);
  });
});

const queue = (properties: Record<string, unknown>): Template => ({
  Resources: { Queue: { Type: "AWS::SQS::Queue", Properties: properties } },
  Outputs: {},
  Parameters: {},
});

describe("the tools find a fault", () => {
  it.each([
    ["an unknown property", { QueueNmae: "x" }, "QueueNmae"],
    ["a value of a wrong type", { DelaySeconds: "soon" }, "DelaySeconds"],
    ["a text in place of a list", { Tags: "x" }, "Tags"],
  ])("in a resource: %s", (_, properties, name) => {
    expect(specificationFindings(queue(properties)).join()).toContain(name);
    expect(validatorFindings(queue(properties)).join()).toContain(name);
  });
  it("in the reference to an attribute", () => {
    const { Resources } = queue({ QueueName: { "Fn::GetAtt": ["Queue", "Size"] } });
    const template = { Resources, Outputs: {}, Parameters: {} };
    expect(specificationFindings(template).join()).toContain("the unknown attribute Size");
  });
  it.each([
    ["an unknown action", "sqs:SendMesage", "arn:aws:sqs:x:x:q", {}],
    ["an unknown service", "sqqs:SendMessage", "arn:aws:sqs:x:x:q", {}],
    ["a resource of another type", "sqs:SendMessage", "arn:aws:sns:x:x:q", {}],
    [
      "an index in place of its table",
      "dynamodb:PutItem",
      "arn:aws:dynamodb:x:x:table/a/index/b",
      {},
    ],
    ["all resources", "sqs:SendMessage", "*", {}],
    ["one resource for an action without", "iot:RegisterThing", "arn:aws:iot:x:x:thing/a", {}],
    [
      "an unknown condition key",
      "sqs:SendMessage",
      "arn:aws:sqs:x:x:q",
      { "aws:SourceAcount": "x" },
    ],
    ["the key of another action", "sqs:SendMessage", "arn:aws:sqs:x:x:q", { "s3:prefix": "x" }],
  ])("in a policy: %s", async (_, Action, Resource, keys) => {
    const Statement = [{ Effect: "Allow", Action, Resource, Condition: { StringEquals: keys } }];
    const template = {
      Resources: {
        Policy: {
          Type: "AWS::IAM::Policy",
          Properties: { PolicyDocument: { Version: "2012-10-17", Statement } },
        },
      },
      Outputs: {},
      Parameters: {},
    };
    expect(await permissionFindings(template)).toHaveLength(1);
  });
});
