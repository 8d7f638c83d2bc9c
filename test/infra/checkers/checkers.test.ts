import { readFileSync } from "node:fs";
import { join } from "node:path";
import { App, Validations } from "aws-cdk-lib";
import { CfnQueue, Queue } from "aws-cdk-lib/aws-sqs";
import { AwsSolutionsChecks } from "cdk-nag";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { Region } from "../../../infra/stacks/region.ts";
import { RestApi } from "../../../infra/stacks/restApi.ts";
import { synthesisMsMax } from "../lifecycle/deployments.ts";
import {
  app,
  context,
  newApp,
  newUnvalidatedApp,
  outdir,
  type Template,
  templatesOf,
} from "../synthesized.ts";
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

const stacks = configurations.flatMap(([name, more]) =>
  templatesOf(app(more)).map(([stack, template]) => ({ name, stack, template })),
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

describe("checks stop the synthesis", { timeout: synthesisMsMax }, () => {
  it("only for a fault: not for the default", () => {
    expect(() => newApp().synth()).not.toThrow();
  });

  it("for a queue without encrypted transport and a dead-letter queue", () => {
    const broken = newUnvalidatedApp();
    new Queue(broken.node.findChild("Godwit-State"), "Unsafe");
    expect(() => broken.synth()).toThrow(/SQS3.*SQS4/s);
  });

  it("for a queue with a visibility timeout below the worker's timeout", () => {
    const broken = newApp();
    const queues = broken.node.findAll().filter((each) => CfnQueue.isCfnQueue(each));
    for (const queue of queues) queue.visibilityTimeout = 1;
    expect(() => broken.synth()).toThrow("E3505");
  });
});

const report = z.object({
  pluginReports: z.array(
    z.object({
      violations: z.array(
        z.object({
          ruleName: z.string(),
          violatingConstructs: z.array(z.object({ constructPath: z.string() })),
        }),
      ),
    }),
  ),
});

const isAcknowledgment = ({ type }: { type: string }): boolean =>
  type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY;

const acknowledgmentsOf = (metadata: readonly { type: string; data: unknown }[]): string[] =>
  metadata
    .filter(isAcknowledgment)
    .flatMap(({ data }) => Object.keys(Object(data)).map((id) => id.replace(/^Annotation::/, "")));

const withoutAcknowledgments = <Entry extends { type: string }>(
  metadata: readonly Entry[],
): Entry[] => metadata.filter((entry) => !isAcknowledgment(entry));

it("every acknowledged finding exists, and every finding is acknowledged", {
  timeout: synthesisMsMax,
}, () => {
  const bare = new App({
    context: { ...context, "aws:cdk:bundling-stacks": [] },
    outdir: outdir(),
  });
  const stack = new Region(bare, "R", {
    env: { region: "us-east-1" },
    title: "Godwit",
    pageEmail: "on-call@example.org",
    batchSeconds: 0,
    openSignUp: false,
    drills: false,
    certificateDays: 0,
    regions: ["us-east-1"],
  });
  const { answers, pages } = stack;
  new RestApi(bare, "A", { env: { region: "us-east-1" }, answers, pages });
  const listed = bare.node.findAll().flatMap(({ node }) => {
    const [own, others] = [acknowledgmentsOf(node.metadata), withoutAcknowledgments(node.metadata)];
    // Without acknowledgements, cdk-nag reports every finding.
    Object.defineProperty(node, "metadata", { value: others });
    return own.map((id) => ({ id, at: `${node.path}/` }));
  });
  Validations.of(bare).addPlugins(new AwsSolutionsChecks(bare));
  expect(() => bare.synth()).toThrow("AwsSolutions");

  const { pluginReports } = report.parse(
    JSON.parse(readFileSync(join(bare.outdir, "validation-report.json"), "utf8")),
  );
  const found = pluginReports
    .flatMap(({ violations }) => violations)
    .flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    );
  const stale = listed.filter(
    ({ id, at }) => !found.some((each) => each.startsWith(`${id} ${at}`)),
  );
  const left = found.filter((each) => !listed.some(({ id, at }) => each.startsWith(`${id} ${at}`)));
  expect({ stale, left }).toEqual({ stale: [], left: [] });
});
