import { readFileSync } from "node:fs";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { provisioningPermissions } from "../../../local/iam/permission/iotProvisioning.ts";
import { app, ofType, regionOf } from "../synthesized.ts";
import { recorded } from "./recorded.ts";

/*
 * Each action on each resource that a role allows is needed, and nothing that is needed is missing:
 * a flow test made the request, or a file of the function's bundle makes it.
 */

const pageReceivers = [
  { kind: "pagerDuty", name: "on-call", secret: "/godwit/pages/pagerduty" },
  { kind: "email", name: "team", to: "team@example.com" },
];

const region = regionOf(
  app({
    regions: "us-east-1,eu-west-1",
    mailFrom: "a@sender.example",
    drills: undefined,
    pageReceivers,
  }),
);

const withoutHash = (id: string): string => id.replace(/[0-9A-F]{8}$/, "");

/** A resource of a statement, as in `recorded`. */
const nameOf = (resource: unknown): string => {
  if (typeof resource === "string") {
    return resource
      .replace(/^arn:aws:(\w+):us-east-1:\d*:/, "$1:here:")
      .replace(/^arn:aws:(\w+):eu-west-1:\d*:/, "$1:there:")
      .replace("a@sender.example", "SENDER")
      .replace("identity/sender.example", "identity/DOMAIN");
  }
  if (typeof resource !== "object" || resource === null) throw new Error("no resource");
  if ("Fn::GetAtt" in resource && Array.isArray(resource["Fn::GetAtt"])) {
    return `<${withoutHash(resource["Fn::GetAtt"][0])}>`;
  }
  if ("Ref" in resource) return resource.Ref === "AWS::AccountId" ? "0" : `<${resource.Ref}>`;
  if ("Fn::Join" in resource && Array.isArray(resource["Fn::Join"])) {
    return nameOf(resource["Fn::Join"][1].map(nameOf).join(""));
  }
  throw new Error(JSON.stringify(resource));
};

/** What each role allows, by its logical id without its hash; without the writing of logs. */
const allowed = new Map<string, string[]>();
for (const [, { Properties }] of ofType(region, "AWS::IAM::Policy")) {
  for (const { Ref } of Properties.Roles) {
    const role = withoutHash(Ref);
    for (const { Action, Resource } of Properties.PolicyDocument.Statement) {
      const needs = [Action]
        .flat()
        .filter((action) => !action.startsWith("logs:"))
        .flatMap((action) => [Resource].flat().map((each) => `${action} ${nameOf(each)}`));
      allowed.set(role, [...(allowed.get(role) ?? []), ...needs]);
    }
  }
}

/** The function of each role. */
const functions = new Map(
  ofType(region, "AWS::Lambda::Function").map(([, { Properties }]): [string, string] => [
    withoutHash(Properties.Role["Fn::GetAtt"][0]),
    Properties.Environment.Variables.POWERTOOLS_SERVICE_NAME,
  ]),
);

/** Bundling takes some seconds, and longer on a busy machine. */
const bundlesMsMax = 120_000;

/** The files in the bundle of each function. */
const files = new Map<string, string[]>();
beforeAll(async () => {
  for (const name of new Set(functions.values())) {
    const { metafile } = await build({
      entryPoints: [`functions/${name}.ts`],
      bundle: true,
      write: false,
      metafile: true,
      platform: "node",
      format: "esm",
      packages: "external",
    });
    const [output] = Object.values(metafile.outputs);
    files.set(name, Object.keys(output?.inputs ?? {}));
  }
}, bundlesMsMax);

/** The adapters that use a resource. The first pattern that matches decides. */
const adapters: readonly [resource: RegExp, file: RegExp][] = [
  [/table\/godwit-accounts/, /aws\/account\//],
  [/table\/godwit-devices/, /aws\/(device\/|presence\/deviceRows)/],
  [/table\/godwit-sessions/, /aws\/presence\//],
  [
    /table\/godwit-integrations/,
    /aws\/(delivery|event)\/(integrations|targetHealth|routingChanges|archiveSettings|listeners|usageLimits)/,
  ],
  [/table\/godwit-dead-letters/, /aws\/delivery\/(deadLetters|jobs)/],
  [/table\/godwit-audit/, /aws\/audit\/auditLog/],
  [/table\/godwit-firmware/, /aws\/(firmware\/|release\/|device\/groups|presence\/vitals)/],
  [/:::godwit-firmware-/, /aws\/firmware\/images/],
  [/table\/godwit-operations/, /aws\/(canary\/identities|notice\/|paging\/|status\/)/],
  [/^cloudwatch:/, /aws\/(alarm|operations)\//],
  [/^events:(DescribeRule|ListTargetsByRule) /, /aws\/paging\/drift\/deployments/],
  [/^iot:GetTopicRule /, /aws\/paging\/drift\/deployments/],
  [/^cloudformation:/, /aws\/paging\/drift\/stacks/],
  [/^sns:/, /aws\/paging\/drift\/subscriptions/],
  [/^events:/, /aws\/paging\/heartbeatSender/],
  [/^ssm:/, /aws\/paging\/pageSecrets/],
  [/table\/godwit-ledger/, /aws\/delivery\/(ledger|attempts|traffic|usage|limitUsage)/],
  [/table\/godwit-replies/, /aws\/device\/deviceLinks/],
  [/RecentEvents>|godwit-recent-events/, /aws\/event\/recentEvents/],
  [/<SeenEvents>/, /aws\/event\/seenEvents/],
  [/<Guesses>/, /aws\/(account\/rateLimiter|delivery\/attemptQuota)/],
  [/<PipelineWaitingTable>/, /aws\/delivery\/waitingDeliveries/],
  [
    /<Places>|table\/godwit-places/,
    /aws\/(account\/concurrencySlots|event\/streamSlots|platform\/runLeases)/,
  ],
  [/StatusPageBucket>/, /aws\/status\/statusSite|aws\/call\/buckets/],
  [/Bucket>/, /aws\/(event\/(archive|failedEvents)|platform\/objects)/],
  [/^lambda:/, /aws\/canary\/adminFunction/],
  [/^kms:/, /aws\/platform\/secrets/],
  [/^ses:/, /aws\/account\/mailer/],
  [/^sqs:ChangeMessageVisibility/, /aws\/platform\/visibility/],
  [/^sqs:SendMessage <\w+DeadLetters>/, /edge\/queue\/|aws\/event\/queues/],
  [/^sqs:SendMessage/, /aws\/event\/queues|edge\/mailQueue/],
  [/^iot:(Connect|Subscribe|Receive) /, /aws\/event\/liveEvents/],
  [/^iot:Publish /, /aws\/platform\/broker/],
  [/^iot:(SendDirectMessage|GetConnection|DeleteConnection) /, /aws\/device\/deviceLinks/],
  [/^iot:/, /aws\/call\/iotControl/],
];

/** The call in an adapter's text, for each action that has a method of its own. */
const calls: Readonly<Record<string, RegExp>> = {
  "dynamodb:GetItem": /\bget\(|readRow|getRow/,
  "dynamodb:PutItem": /\bput\(|putRow|writeRow/,
  "dynamodb:UpdateItem": /\bupdate\(|updateRow/,
  "dynamodb:DeleteItem": /\bdelete\(|deleteRow/,
  "dynamodb:Query": /\bquery\(|queryPages|queryRows/,
  "dynamodb:Scan": /\bscan\(|scanPages/,
  "dynamodb:BatchGetItem": /batchGet|readRows/,
  "dynamodb:BatchWriteItem": /batchWrite|writeRows|deleteRows/,
  "iot:Publish": /\/topics\//,
  "iot:SendDirectMessage": /\/messages/,
  "iot:GetConnection": /"GET", connectionPath/,
  "iot:DeleteConnection": /"DELETE", connectionPath/,
  "iot:DescribeEndpoint": /\/endpoint/,
  "iot:CreateThing": /createThing/,
  "iot:UpdateThing": /updateThing/,
  "iot:AttachPolicy": /attachPolicy/,
  "iot:DetachPolicy": /detachPolicy/,
  "iot:AttachThingPrincipal": /attachThing/,
  "iot:DetachThingPrincipal": /detachThing/,
  "iot:ListThingPrincipals": /listPrincipals/,
  "iot:DescribeCertificate": /describeCertificate/,
  "iot:UpdateCertificate": /updateCertificate/,
  "iot:RegisterCertificateWithoutCA": /registerCertificate/,
  "iot:CreateCertificateFromCsr": /createCertificate/,
  "iot:CreateKeysAndCertificate": /createKeysAndCertificate/,
  "iot:GetTopicRule": /isRuleDisabled/,
  "s3:GetObject": /\bget\(|getObject/,
  "s3:PutObject": /\bput\(|putObject/,
  "s3:PutObjectTagging": /tags|tagging/,
  "s3:DeleteObject": /\bdelete\(|deleteObject/,
  // Without it, S3 does not tell that an object is missing.
  "s3:ListBucket": /\blist\(|listObjects|"NoSuchKey"/,
  "cloudwatch:DescribeAlarms": /"DescribeAlarms"/,
  "cloudwatch:DescribeAlarmContributors": /"DescribeAlarmContributors"/,
  "cloudwatch:ListAlarmMuteRules": /"ListAlarmMuteRules"/,
  "cloudwatch:GetAlarmMuteRule": /"GetAlarmMuteRule"/,
  "cloudwatch:GetMetricData": /"GetMetricData"/,
  "kms:Decrypt": /decrypt/,
  "kms:Encrypt": /encrypt/,
  "kms:GenerateDataKey": /generateDataKey/,
  "lambda:InvokeFunction": /\/invocations/,
  "sqs:SendMessage": /send/i,
  "sqs:ChangeMessageVisibility": /[vV]isibility/,
  "ses:SendEmail": /outbound-emails|sendEmail/i,
  "cloudwatch:SetAlarmState": /"SetAlarmState"/,
  "events:PutEvents": /"PutEvents"/,
  "events:DescribeRule": /"DescribeRule"/,
  "events:ListTargetsByRule": /"ListTargetsByRule"/,
  "cloudformation:GetTemplate": /"GetTemplate"/,
  "cloudformation:ListStackResources": /"ListStackResources"/,
  "sns:ListSubscriptionsByTopic": /"ListSubscriptionsByTopic"/,
  "ssm:GetParameters": /"GetParameters"/,
  "sqs:GetQueueAttributes": /getQueueAttributes|attributesOf/i,
};

/** Whether a file of the function's bundle makes a request. */
const isMade = (name: string, need: string): boolean => {
  const [action = ""] = need.split(" ");
  const [, adapter] = adapters.find(([resource]) => resource.test(need)) ?? [];
  const call = calls[action];
  if (adapter === undefined || call === undefined) return false;
  return (files.get(name) ?? [])
    .filter((file) => adapter.test(file))
    .some((file) => call.test(readFileSync(file, "utf8")));
};

/**
 * Kept without a request: AWS does not document whether `PutItem` alone may return the item of a
 * failed condition (`seenEvents.ts`).
 */
const undocumented: Readonly<Record<string, string>> = {
  PipelinerouteRole: "dynamodb:GetItem <SeenEvents>",
};

/** What Lambda's poller does with the queues of an event source mapping. */
const polled = /^sqs:(ReceiveMessage|DeleteMessage|GetQueueAttributes) <\w+(Queue|DeadLetters)>$/;

describe("each action on each resource that the role of a function allows is needed", () => {
  it.each([...functions])("%s", (role, name) => {
    const mappings = ofType(region, "AWS::Lambda::EventSourceMapping")
      .filter(([, { Properties }]) => JSON.stringify(Properties.FunctionName).includes(`${name}`))
      .map(([, { Properties }]) => nameOf(Properties.EventSourceArn));
    const superfluous = (allowed.get(role) ?? []).filter((need) => {
      if (recorded[role]?.includes(need) || undocumented[role] === need) return false;
      if (polled.test(need) && mappings.includes(need.split(" ")[1] ?? "")) return false;
      return !isMade(name, need);
    });
    expect(superfluous).toEqual([]);
  });
});

describe("a role allows each request of the flow tests", () => {
  it.each(Object.entries(recorded))("%s", (role, needs) => {
    const all = allowed.get(role) ?? [];
    expect(needs.filter((need) => !all.includes(need))).toEqual([]);
  });
});

it("the role of a rule's action allows this action alone", () => {
  const actions = ofType(region, "AWS::IoT::TopicRule").flatMap(([, { Properties }]) => {
    const { Actions, ErrorAction } = Properties.TopicRulePayload;
    return [...Actions, ErrorAction].map((action) => Object.entries(action)[0]);
  });
  expect(actions.length).toBeGreaterThan(0);
  const needed: Readonly<Record<string, string>> = {
    Sqs: "sqs:SendMessage",
    S3: "s3:PutObject",
    DynamoDBv2: "dynamodb:PutItem",
  };
  // biome-ignore lint/suspicious/noExplicitAny: the properties of any action.
  for (const [kind, { RoleArn }] of actions as [string, any][]) {
    const needs = allowed.get(withoutHash(RoleArn["Fn::GetAtt"][0])) ?? [];
    expect(needs).toHaveLength(1);
    expect(needs[0]?.split(" ")[0]).toBe(needed[kind]);
  }
});

it("the role of fleet provisioning allows what registering a device needs", () => {
  const place = { region: "us-east-1", account: "0" };
  const needed = provisioningPermissions(place)({
    thing: "*",
    certificate: "*",
    policy: "godwit_device",
  });
  expect((allowed.get("FleetProvisioningRole") ?? []).toSorted()).toEqual(
    needed.map(({ action, resource }) => `${action} ${nameOf(resource)}`).toSorted(),
  );
});
