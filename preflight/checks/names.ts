import { DescribeStackResourcesCommand } from "@aws-sdk/client-cloudformation";
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import {
  DescribeProvisioningTemplateCommand,
  GetPolicyCommand,
  paginateListTopicRules,
} from "@aws-sdk/client-iot";
import { DescribeKeyCommand } from "@aws-sdk/client-kms";
import { GetFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { HeadBucketCommand, S3ServiceException } from "@aws-sdk/client-s3";
import { type Access, type Aws, closeAws, openAws } from "../aws.ts";
import type { Check } from "../check.ts";
import { isNotFound } from "../explain.ts";
import { pagesMax } from "../limits.ts";
import type { FixedName, NamedType } from "../requirements.ts";
import { type Finding, ok } from "../row.ts";

/**
 * Whether the fixed names are free, or belong to the stack that is about to be deployed.
 * CloudFormation cannot create a resource whose name exists already.
 */
export const namesCheck =
  (access: Access): Check =>
  async ({ aws, requirements, signal }) => {
    const check = "names";
    const findings: Finding[] = [];
    let own = 0;
    for (const name of requirements.names) {
      if (!(await exists[name.type](aws, name.name, signal))) continue;
      const owner = await ownerOf(name, { aws, access, signal });
      if (owner === name.stack) own += 1;
      else findings.push(collision(name, owner));
    }
    const free = requirements.names.length - own - findings.length;
    const found = own === 0 ? `${free} free` : `${free} free, ${own} of these stacks`;
    const summary = ok(check, found, `${requirements.names.length} free or of these stacks`);
    return [...(findings.length === 0 ? [summary] : []), ...findings];
  };

const kinds: Readonly<Record<NamedType, string>> = {
  "AWS::DynamoDB::GlobalTable": "table",
  "AWS::IoT::Policy": "IoT policy",
  "AWS::IoT::TopicRule": "IoT rule",
  "AWS::IoT::ProvisioningTemplate": "IoT provisioning template",
  "AWS::KMS::Alias": "KMS alias",
  "AWS::Lambda::Function": "function",
  "AWS::S3::Bucket": "bucket",
};

const collision = ({ type, name, stack }: FixedName, owner: string | undefined): Finding => {
  const check = `name: ${kinds[type]} ${name}`;
  const needed = `free, or of ${stack}`;
  if (owner === undefined) {
    return {
      check,
      found: "left over: it exists and belongs to no stack",
      needed,
      result: "fail",
      action: `${repair(type)} If it is not of Godwit, delete it, or deploy to another account or region.`,
    };
  }
  return {
    check,
    found: `belongs to the stack ${owner}`,
    needed,
    result: "fail",
    action: `Another stack uses the name in this account and region. Deploy to another account or region, or delete ${owner}.`,
  };
};

const repair = (type: NamedType): string =>
  type === "AWS::DynamoDB::GlobalTable"
    ? `If the stack Godwit-State is in another region, set "stateRegion" in cdk.json. If it was deleted, import its tables: docs/regions.md.`
    : "If a stack of Godwit was destroyed here, run: npm run regions -- adopt REGION (docs/regions.md).";

type Exists = (aws: Aws, name: string, signal: AbortSignal) => Promise<boolean>;

/** Resolves to `true` if the call succeeds, and to `false` if AWS does not know the resource. */
const found = async (call: Promise<unknown>): Promise<boolean> => {
  try {
    await call;
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
};

const elsewhere = new Set<number | undefined>([301, 403]);

const exists: Readonly<Record<NamedType, Exists>> = {
  "AWS::DynamoDB::GlobalTable": (aws, TableName, abortSignal) =>
    found(aws.dynamo.send(new DescribeTableCommand({ TableName }), { abortSignal })),
  "AWS::IoT::Policy": (aws, policyName, abortSignal) =>
    found(aws.iot.send(new GetPolicyCommand({ policyName }), { abortSignal })),
  "AWS::IoT::TopicRule": async (aws, name, abortSignal) => {
    // GetTopicRule answers a rule that does not exist with an authorization error.
    const config = { client: aws.iot, pageSize: 1_000 };
    let pages = 0;
    for await (const { rules = [] } of paginateListTopicRules(config, {}, { abortSignal })) {
      if (rules.some(({ ruleName }) => ruleName === name)) return true;
      pages += 1;
      if (pages === pagesMax) break;
    }
    return false;
  },
  "AWS::IoT::ProvisioningTemplate": (aws, templateName, abortSignal) =>
    found(aws.iot.send(new DescribeProvisioningTemplateCommand({ templateName }), { abortSignal })),
  "AWS::KMS::Alias": (aws, KeyId, abortSignal) =>
    found(aws.kms.send(new DescribeKeyCommand({ KeyId }), { abortSignal })),
  "AWS::Lambda::Function": (aws, FunctionName, abortSignal) =>
    found(aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }), { abortSignal })),
  "AWS::S3::Bucket": async (aws, Bucket, abortSignal) => {
    try {
      return await found(aws.s3.send(new HeadBucketCommand({ Bucket }), { abortSignal }));
    } catch (error) {
      // A bucket of another account, or of another region. Names are unique in the partition.
      if (error instanceof S3ServiceException && elsewhere.has(error.$metadata.httpStatusCode)) {
        return true;
      }
      throw error;
    }
  },
};

interface OwnerDeps {
  readonly aws: Aws;
  readonly access: Access;
  readonly signal: AbortSignal;
}

/** The stack that owns a resource; a replica belongs to the stack of its table's region. */
const ownerOf = async (
  { type, name, stackRegion }: FixedName,
  { aws, access, signal }: OwnerDeps,
): Promise<string | undefined> => {
  const isReplica = stackRegion !== aws.region;
  const home = isReplica ? openAws(stackRegion, access) : aws;
  try {
    const command = new DescribeStackResourcesCommand({ PhysicalResourceId: name });
    const { StackResources = [] } = await home.cloudFormation.send(command, {
      abortSignal: signal,
    });
    const owner = StackResources.find(
      ({ ResourceType, PhysicalResourceId, ResourceStatus = "" }) =>
        ResourceType === type &&
        PhysicalResourceId === name &&
        !ResourceStatus.startsWith("DELETE_"),
    );
    return owner?.StackName;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  } finally {
    if (isReplica) closeAws(home);
  }
};
