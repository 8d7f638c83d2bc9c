import { describe, expect, it } from "vitest";
import { routes } from "#shared/routes/table.ts";
import { app, ofType, only, type Resource, regionOf } from "./synthesized.ts";

const region = regionOf(app());

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const statements = (policy: Resource): Statement[] => policy.Properties.PolicyDocument.Statement;

/** The actions that the policies of a function's role allow. */
const allowed = (name: string): Statement[] => {
  const made = ofType(region, "AWS::Lambda::Function").find(
    ([, { Properties }]) => Properties.Environment.Variables.POWERTOOLS_SERVICE_NAME === name,
  );
  const role = made?.[1].Properties.Role["Fn::GetAtt"][0];
  return ofType(region, "AWS::IAM::Policy")
    .filter(([, { Properties }]) =>
      Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role),
    )
    .flatMap(([, policy]) => statements(policy));
};

const reads = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
const works = [...reads, "sqs:ReceiveMessage"];
const logs = ["logs:CreateLogStream", "logs:PutLogEvents"];

/** Expects the role of a function to allow the actions, the writing of its log, and no other. */
const expectActions = (name: string, actions: readonly string[]): void => {
  const found = allowed(name).flatMap(({ Action }) => Action);
  expect([...new Set(found)].sort()).toEqual([...actions, ...logs].sort());
};

describe("a function of the event pipeline has the least privileges", () => {
  it.each<[string, string[]]>([
    [
      "route",
      [
        ...works,
        "dynamodb:BatchGetItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "iot:DescribeEndpoint",
        "iot:Publish",
        "sqs:SendMessage",
      ],
    ],
    [
      "deliver",
      [
        "dynamodb:BatchGetItem",
        ...works,
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "iot:DescribeEndpoint",
        "iot:Publish",
        "kms:Decrypt",
        "kms:Encrypt",
        "sqs:SendMessage",
      ],
    ],
    ["storeDeadLetters", [...works, "dynamodb:PutItem", "sqs:SendMessage"]],
    [
      "record",
      [...works, "dynamodb:PutItem", "dynamodb:UpdateItem", "s3:PutObject", "sqs:SendMessage"],
    ],
    [
      "ledger",
      [
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "iot:DescribeEndpoint",
        "iot:Publish",
        "s3:DeleteObject",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
      ],
    ],
    ["archive", [...works, "s3:PutObject", "s3:PutObjectTagging", "sqs:SendMessage"]],
    [
      "runJob",
      [
        ...works,
        "dynamodb:BatchWriteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "s3:GetObject",
        "s3:ListBucket",
        "sqs:SendMessage",
      ],
    ],
    [
      "requeue",
      ["dynamodb:BatchWriteItem", "dynamodb:Query", "dynamodb:UpdateItem", "sqs:SendMessage"],
    ],
    [
      "recover",
      [
        "dynamodb:UpdateItem",
        "s3:DeleteObject",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
        "sqs:SendMessage",
      ],
    ],
  ])("%s", expectActions);
});

describe("a function that manages devices and their presence has the least privileges", () => {
  it.each<[string, string[]]>([
    [
      "admin",
      [
        "dynamodb:BatchWriteItem",
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:UpdateItem",
        "iot:AttachPolicy",
        "iot:AttachThingPrincipal",
        "iot:CreateCertificateFromCsr",
        "iot:CreateKeysAndCertificate",
        "iot:CreateThing",
        "iot:DeleteConnection",
        "iot:DescribeCertificate",
        "iot:DescribeEndpoint",
        "iot:DetachPolicy",
        "iot:DetachThingPrincipal",
        "iot:ListThingPrincipals",
        "iot:Publish",
        "iot:RegisterCertificateWithoutCA",
        "iot:SendDirectMessage",
        "iot:UpdateCertificate",
        "iot:UpdateThing",
        "kms:Decrypt",
        "kms:Encrypt",
        "s3:DeleteObject",
      ],
    ],
    [
      "provision",
      [
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "iot:AttachPolicy",
        "iot:AttachThingPrincipal",
        "iot:CreateThing",
        "iot:DeleteConnection",
        "iot:DescribeCertificate",
        "iot:DescribeEndpoint",
        "iot:DetachPolicy",
        "iot:DetachThingPrincipal",
        "iot:GetConnection",
        "iot:ListThingPrincipals",
        "iot:RegisterCertificateWithoutCA",
        "iot:SendDirectMessage",
        "iot:UpdateCertificate",
        "iot:UpdateThing",
      ],
    ],
    [
      "presence",
      [
        ...works,
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "iot:AttachPolicy",
        "iot:AttachThingPrincipal",
        "iot:CreateCertificateFromCsr",
        "iot:CreateThing",
        "iot:DeleteConnection",
        "iot:DescribeCertificate",
        "iot:DescribeEndpoint",
        "iot:DetachPolicy",
        "iot:DetachThingPrincipal",
        "iot:GetConnection",
        "iot:ListThingPrincipals",
        "iot:Publish",
        "iot:RegisterCertificateWithoutCA",
        "iot:SendDirectMessage",
        "iot:UpdateCertificate",
        "iot:UpdateThing",
        "sqs:SendMessage",
      ],
    ],
    [
      "updates",
      [
        ...works,
        "dynamodb:BatchGetItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "iot:DescribeEndpoint",
        "iot:GetConnection",
        "iot:Publish",
        "iot:SendDirectMessage",
        "s3:GetObject",
        "s3:ListBucket",
        "sqs:SendMessage",
      ],
    ],
    [
      "watch",
      [
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Scan",
        "dynamodb:UpdateItem",
        "iot:DeleteConnection",
        "iot:DescribeEndpoint",
        "iot:GetConnection",
        "iot:Publish",
        "iot:SendDirectMessage",
        "s3:DeleteObject",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
      ],
    ],
    [
      "devices",
      [
        "dynamodb:BatchGetItem",
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "iot:AttachPolicy",
        "iot:AttachThingPrincipal",
        "iot:CreateCertificateFromCsr",
        "iot:CreateKeysAndCertificate",
        "iot:CreateThing",
        "iot:DeleteConnection",
        "iot:DescribeCertificate",
        "iot:DescribeEndpoint",
        "iot:DetachPolicy",
        "iot:DetachThingPrincipal",
        "iot:GetConnection",
        "iot:ListThingPrincipals",
        "iot:RegisterCertificateWithoutCA",
        "iot:SendDirectMessage",
        "iot:UpdateCertificate",
        "iot:UpdateThing",
        "s3:GetObject",
        "s3:ListBucket",
      ],
    ],
  ])("%s", expectActions);
});

describe("a function of the API has the least privileges", () => {
  it.each<[string, string[]]>([
    [
      "call",
      [
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "iot:DescribeEndpoint",
        // Asked before a call whose result is unknown is sent through another region.
        "iot:GetConnection",
        "iot:SendDirectMessage",
        // Records calls for the usage of their fleet.
        "sqs:SendMessage",
      ],
    ],
    [
      "accounts",
      [
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey",
      ],
    ],
    [
      "products",
      [
        "dynamodb:BatchWriteItem",
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "iot:DeleteConnection",
        "iot:DescribeEndpoint",
        "iot:SendDirectMessage",
        "iot:UpdateThing",
        "s3:DeleteObject",
      ],
    ],
    ["publish", ["dynamodb:GetItem", "iot:DescribeEndpoint", "iot:Publish"]],
    ["contract", []],
    ["health", ["iot:DescribeEndpoint", "iot:Publish", "sqs:GetQueueAttributes"]],
    ["console", []],
    [
      "stream",
      [
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "iot:Connect",
        "iot:DescribeEndpoint",
        "iot:Receive",
        "iot:Subscribe",
      ],
    ],
    [
      "integrations",
      [
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey",
      ],
    ],
    [
      "deadLetters",
      [
        "dynamodb:BatchWriteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
      ],
    ],
    [
      "jobs",
      [
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "s3:GetObject",
        "s3:ListBucket",
        "sqs:SendMessage",
      ],
    ],
    ["archiveSettings", ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]],
    [
      "previews",
      [
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "kms:Decrypt",
        "kms:Encrypt",
        "s3:GetObject",
        "s3:ListBucket",
      ],
    ],
  ])("%s", expectActions);
});

describe("with several regions", () => {
  const two = regionOf(app({ regions: "us-east-1,eu-west-1" }));
  const remoteStatements = ofType(two, "AWS::IAM::Policy")
    .flatMap(([, policy]) => statements(policy))
    .map(({ Action, Resource }) => ({
      actions: [Action].flat(),
      remoteResources: [Resource]
        .flat()
        .filter((each) => JSON.stringify(each).includes("eu-west-1")),
    }))
    .filter(({ remoteResources }) => remoteResources.length > 0);
  const tables = remoteStatements.flatMap(({ actions, remoteResources }) =>
    remoteResources.flatMap((resource) => {
      const [, table] =
        /:dynamodb:eu-west-1:.*:table\/([\w-]+)/.exec(JSON.stringify(resource)) ?? [];
      return table === undefined ? [] : actions.map((action) => `${action} ${table}`);
    }),
  );

  it("functions read the tables of another region, write only dead letters, the audit log and notices there, and use up one-time tokens", () => {
    expect(new Set(tables.map((each) => each.split(" ")[1]))).toEqual(
      new Set([
        "godwit-accounts",
        "godwit-devices",
        "godwit-integrations",
        "godwit-sessions",
        "godwit-ledger",
        "godwit-operations",
        "godwit-dead-letters",
        "godwit-audit",
        "godwit-firmware",
        "godwit-replies",
        "godwit-recent-events",
        "godwit-operations",
      ]),
    );
    const writes = tables.filter((each) => !/:(GetItem|Query|BatchGetItem) /.test(each));
    expect(new Set(writes)).toEqual(
      new Set([
        "dynamodb:PutItem godwit-dead-letters",
        "dynamodb:PutItem godwit-audit",
        // Notices about limits of usage, about which one region decides.
        "dynamodb:PutItem godwit-ledger",
        "dynamodb:UpdateItem godwit-ledger",
        "dynamodb:DeleteItem godwit-accounts",
      ]),
    );
  });

  it("a stream subscribes to the events of another region only", () => {
    const policies = ofType(two, "AWS::IAM::Policy").filter(([id]) => /stream/i.test(id));
    const all = policies.flatMap(([, policy]) => statements(policy));
    const iotPermissions = all.flatMap(({ Action, Resource }) =>
      [Resource].flat().flatMap((each) => {
        const [, resource] =
          /:iot:eu-west-1:.*?:([\w-]+\/[\w/*-]+)/.exec(JSON.stringify(each)) ?? [];
        return resource === undefined ? [] : [`${[Action].flat().join()} ${resource}`];
      }),
    );
    expect(iotPermissions.sort()).toEqual([
      "iot:Connect client/stream-*",
      "iot:Receive topic/events/*",
      "iot:Receive topic/stamps/*",
      "iot:Subscribe topicfilter/events/*",
      "iot:Subscribe topicfilter/stamps/*",
    ]);
    expect(tables).toContain("dynamodb:Query godwit-recent-events");
  });

  it("the controller of releases asks the brokers of all regions whether they respond", () => {
    const policies = ofType(two, "AWS::IAM::Policy").filter(([id]) => /^Releases/.test(id));
    const all = policies.flatMap(([, policy]) => statements(policy));
    const there = all.flatMap(({ Action, Resource }) =>
      /:iot:eu-west-1:/.test(JSON.stringify(Resource)) ? [[Action].flat().join()] : [],
    );
    expect(there).toEqual(["iot:Publish"]);
  });

  it("devices are enabled and disabled in every region, and created in their own", () => {
    const actions = new Set(remoteStatements.flatMap((each) => each.actions));
    expect(actions).toContain("iot:UpdateThing");
    expect(actions).not.toContain("iot:CreateKeysAndCertificate");
  });
});

describe("no role", () => {
  const all = ofType(region, "AWS::IAM::Policy").flatMap(([, policy]) => statements(policy));

  it("has an action with a wildcard", () => {
    expect(all.length).toBeGreaterThan(0);
    expect(all.flatMap(({ Action }) => Action).filter((action) => action.includes("*"))).toEqual(
      [],
    );
  });

  it("has the resource *, except for actions without resource types", () => {
    const everywhere = all.filter(({ Resource }) => [Resource].flat().includes("*"));
    const actions = new Set(everywhere.flatMap(({ Action }) => Action));
    expect([...actions].sort()).toEqual([
      // "you must be signed on with the cloudwatch:DescribeAlarms permission that is scoped to *"
      "cloudwatch:DescribeAlarmContributors",
      "cloudwatch:DescribeAlarms",
      // It has no resource types.
      "cloudwatch:GetMetricData",
      "iot:CreateCertificateFromCsr",
      "iot:CreateKeysAndCertificate",
      "iot:DescribeEndpoint",
      "iot:ListAttachedPolicies",
      "iot:ListPrincipalPolicies",
      "iot:RegisterCertificateWithoutCA",
      "iot:RegisterThing",
    ]);
  });

  it("has an AWS managed policy, except the one that API Gateway requires", () => {
    const managed = ofType(region, "AWS::IAM::Role").flatMap(
      ([, { Properties }]) => Properties.ManagedPolicyArns ?? [],
    );
    expect(managed).toHaveLength(1);
    expect(JSON.stringify(managed)).toContain("AmazonAPIGatewayPushToCloudWatchLogs");
  });

  it("allows attaching a certificate for things: IoT Core checks the certificate alone", () => {
    const attaching = all.filter(({ Action }) =>
      [Action].flat().some((action) => /:(At|De)tachThingPrincipal$/.test(action)),
    );
    expect(attaching.length).toBeGreaterThan(0);
    for (const { Resource } of attaching) {
      expect(JSON.stringify(Resource)).toContain(":cert/*");
      expect(JSON.stringify(Resource)).not.toContain(":thing/*");
    }
  });

  it("is shared by functions", () => {
    const roles = ofType(region, "AWS::Lambda::Function").map(([, { Properties }]) =>
      JSON.stringify(Properties.Role),
    );
    expect(new Set(roles).size).toBe(roles.length);
  });
});

describe("transport", () => {
  it.each([
    ["AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "sqs:*"],
    ["AWS::S3::Bucket", "AWS::S3::BucketPolicy", "s3:*"],
    ["AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "sns:Publish"],
  ])("is encrypted for every %s", (type, policyType, action) => {
    const denied = ofType(region, policyType).filter(([, policy]) =>
      statements(policy).some(
        ({ Effect, Action, Condition }) =>
          Effect === "Deny" &&
          Action === action &&
          JSON.stringify(Condition) === '{"Bool":{"aws:SecureTransport":"false"}}',
      ),
    );
    expect(denied).toHaveLength(ofType(region, type).length);
  });
});

it("IoT Core can assume the roles of a rule for that rule only", () => {
  const assumed = ofType(region, "AWS::IAM::Role")
    .map(([, { Properties }]) => Properties.AssumeRolePolicyDocument.Statement[0])
    .filter(({ Principal }) => Principal.Service === "iot.amazonaws.com")
    // The role of the provisioning template has no rule.
    .filter(
      ({ Condition }) => Condition.ArnLike !== undefined || Condition.ArnEquals !== undefined,
    );
  const rules = assumed.map(
    ({ Condition }) => /:rule\/(\w+)"/.exec(JSON.stringify(Condition))?.[1],
  );
  const names = ["certificates", "events", "hello", "presence", "returns", "updates"].map(
    (name) => `godwit_${name}`,
  );
  expect(rules.toSorted()).toEqual(names.flatMap((name) => [name, name]));
  for (const { Condition } of assumed) {
    expect(Condition.StringEquals).toEqual({ "aws:SourceAccount": { Ref: "AWS::AccountId" } });
  }
});

it("the key of secrets is rotated once a year and retained when the stack is deleted", () => {
  const [, alias] = only(region, "AWS::KMS::Alias");
  expect(alias.Properties.AliasName).toBe("alias/godwit-secrets");
  const [keyId] = alias.Properties.TargetKeyId["Fn::GetAtt"];
  const [, key] = ofType(region, "AWS::KMS::Key").find(([id]) => id === keyId) ?? [];
  expect(key).toMatchObject({
    DeletionPolicy: "RetainExceptOnCreate",
    Properties: { EnableKeyRotation: true },
  });
});

it.each(["Failed", "Archive", "Records", "Firmware"])(
  "the bucket is private, encrypted and retained: %s",
  (name) => {
    const found = ofType(region, "AWS::S3::Bucket").find(([id]) => id.includes(name));
    expect(found).toBeDefined();
    if (found === undefined) return;
    const [, { Properties, DeletionPolicy }] = found;
    expect(Object.values(Properties.PublicAccessBlockConfiguration)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(Properties.BucketEncryption).toBeDefined();
    expect(DeletionPolicy).toBe("RetainExceptOnCreate");
  },
);

describe("the audit log", () => {
  const all = ofType(region, "AWS::IAM::Policy").flatMap(([, policy]) => statements(policy));
  const own = all.filter(({ Resource }) => JSON.stringify(Resource).includes("table/godwit-audit"));

  it("can be extended and read, and no role may change or remove an entry", () => {
    const actions = new Set(own.flatMap(({ Action }) => Action));
    expect(actions).toEqual(new Set(["dynamodb:PutItem", "dynamodb:Query"]));
  });

  it("is not in a statement with a wildcard that allows more", () => {
    const wide = all.filter(
      ({ Resource, Action }) =>
        /table\/\*|"\*"/.test(JSON.stringify(Resource)) && /dynamodb:/.test(JSON.stringify(Action)),
    );
    expect(wide).toEqual([]);
  });
});

it("each function whose routes change something can record it", () => {
  const changing = routes.filter(
    ({ route }) => route.audit !== undefined && "action" in route.audit,
  );
  const names = [...new Set(changing.map((route) => route.function))];
  expect(names.length).toBeGreaterThan(8);
  for (const name of names) {
    const puts = allowed(name).filter(({ Action }) => [Action].flat().includes("dynamodb:PutItem"));
    expect([name, JSON.stringify(puts).includes("table/godwit-audit")]).toEqual([name, true]);
  }
});
