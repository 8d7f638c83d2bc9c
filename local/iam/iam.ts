import { createHmac } from "node:crypto";
import * as z from "zod";
import type { Credentials } from "../http/signature.ts";
import { type ResourceProvider, resourceProvider } from "../template/resourceProvider.ts";
import type { AccessData } from "./accessData.ts";
import { resourcePolicy, rolePolicy } from "./policy/document.ts";

/** IAM of the account: the roles and policies of all stacks, in all regions. */
export interface Iam {
  readonly providers: readonly ResourceProvider[];
  /** The credentials of the functions that have a role, and the session's name. */
  credentialsOf(roleArn: string, session: string): Credentials;
  /** Adds a policy of a resource, such as that of a KMS key. */
  addResourcePolicy(arn: string, policy: unknown): void;
  /** All roles and policies so far. */
  data(): AccessData;
}

interface Role {
  readonly arn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  session: string;
  readonly policies: unknown[];
}

/** A managed policy that concerns nothing on one machine: API Gateway's own log. */
const withoutEffect = /:iam::aws:policy\/service-role\/AmazonAPIGatewayPushToCloudWatchLogs$/;

/**
 * Opens IAM. The credentials of a role are derived from those of the account's owner, so that they
 * change with each start.
 */
export const openIam = ({ account, owner }: { account: string; owner: Credentials }): Iam => {
  const roles = new Map<string, Role>();
  const resources = new Map<string, unknown[]>();
  const add = (arn: string): Role => {
    const accessKeyId = `LOCAL${derived(`access key of ${arn}`, owner).toUpperCase().slice(0, 16)}`;
    const secretAccessKey = derived(`secret of ${arn}`, owner);
    const role: Role = { arn, accessKeyId, secretAccessKey, session: "local", policies: [] };
    roles.set(arn, role);
    return role;
  };
  const find = (arn: string): Role => {
    const role = roles.get(arn);
    if (role === undefined) throw new Error(`the role ${arn} does not exist`);
    return role;
  };
  const arnOf = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
  const addResourcePolicy = (arn: string, policy: unknown): void => {
    resources.set(arn, [...(resources.get(arn) ?? []), policy]);
  };
  return {
    providers: [
      roleProvider({ add: (name) => add(arnOf(name)), addResourcePolicy }),
      policyProvider((name, policy) => find(arnOf(name)).policies.push(policy)),
      ...resourcePolicyProviders(addResourcePolicy),
    ],
    credentialsOf(roleArn, session) {
      const role = find(roleArn);
      role.session = session;
      return { accessKeyId: role.accessKeyId, secretAccessKey: role.secretAccessKey };
    },
    addResourcePolicy,
    data: () => ({
      account,
      roles: [...roles.values()].map((role) => ({ ...role })),
      resources: [...resources].map(([arn, policies]) => ({ arn, policies })),
    }),
  };
};

const derived = (what: string, { secretAccessKey }: Credentials): string =>
  createHmac("sha256", secretAccessKey).update(what).digest("hex");

/** A document that is checked here and kept as it is: threads parse it again. */
const checked = (schema: z.ZodType) =>
  z.unknown().superRefine((given, context) => {
    const { error } = schema.safeParse(given);
    for (const { path, message } of error?.issues ?? []) {
      context.addIssue({ code: "custom", path: [...path], message });
    }
  });

const roleDocument = checked(rolePolicy);
const resourceDocument = checked(resourcePolicy);
const unused = z.unknown().optional();

/** `AWS::IAM::Role`. Its trust policy is the policy of a resource: who may assume the role. */
const roleProvider = ({
  add,
  addResourcePolicy,
}: {
  add: (name: string) => Role;
  addResourcePolicy: Iam["addResourcePolicy"];
}) =>
  resourceProvider({
    type: "AWS::IAM::Role",
    properties: z.strictObject({
      AssumeRolePolicyDocument: resourceDocument,
      RoleName: z.string().optional(),
      Policies: z
        .array(z.strictObject({ PolicyName: z.string(), PolicyDocument: roleDocument }))
        .default([]),
      ManagedPolicyArns: z
        .array(z.string().regex(withoutEffect, "this managed policy is not supported"))
        .optional(),
      Description: unused,
      MaxSessionDuration: unused,
      Tags: unused,
    }),
    create({ AssumeRolePolicyDocument, RoleName, Policies }, { stack, logicalId }) {
      const name = RoleName ?? `${stack}-${logicalId}`;
      const role = add(name);
      role.policies.push(...Policies.map(({ PolicyDocument }) => PolicyDocument));
      addResourcePolicy(role.arn, AssumeRolePolicyDocument);
      return { ref: name, attributes: { Arn: role.arn, RoleId: role.accessKeyId } };
    },
  });

/** `AWS::IAM::Policy`: a policy of one or more roles. */
const policyProvider = (add: (roleName: string, policy: unknown) => void) =>
  resourceProvider({
    type: "AWS::IAM::Policy",
    properties: z.strictObject({
      PolicyName: z.string(),
      PolicyDocument: roleDocument,
      Roles: z.array(z.string()).min(1),
    }),
    create({ PolicyName, PolicyDocument, Roles }) {
      for (const role of Roles) add(role, PolicyDocument);
      return { ref: PolicyName };
    },
  });

/** The policies of queues, buckets and topics, and the permissions of functions. */
const resourcePolicyProviders = (add: Iam["addResourcePolicy"]): ResourceProvider[] => [
  resourceProvider({
    type: "AWS::SQS::QueuePolicy",
    properties: z.strictObject({
      PolicyDocument: resourceDocument,
      Queues: z.array(z.string()).min(1),
    }),
    create({ PolicyDocument, Queues }, { stack, logicalId, region, account }) {
      for (const url of Queues) {
        add(`arn:aws:sqs:${region}:${account}:${url.split("/").at(-1)}`, PolicyDocument);
      }
      return { ref: `${stack}-${logicalId}` };
    },
  }),
  resourceProvider({
    type: "AWS::S3::BucketPolicy",
    properties: z.strictObject({ PolicyDocument: resourceDocument, Bucket: z.string() }),
    create({ PolicyDocument, Bucket }, { stack, logicalId }) {
      add(`arn:aws:s3:::${Bucket}`, PolicyDocument);
      return { ref: `${stack}-${logicalId}` };
    },
  }),
  resourceProvider({
    type: "AWS::SNS::TopicPolicy",
    properties: z.strictObject({
      PolicyDocument: resourceDocument,
      Topics: z.array(z.string()).min(1),
    }),
    create({ PolicyDocument, Topics }, { stack, logicalId }) {
      for (const arn of Topics) add(arn, PolicyDocument);
      return { ref: `${stack}-${logicalId}` };
    },
  }),
  resourceProvider({
    type: "AWS::Lambda::Permission",
    properties: z.strictObject({
      Action: z.literal("lambda:InvokeFunction"),
      FunctionName: z.string(),
      Principal: z.string().endsWith(".amazonaws.com"),
      SourceArn: z.string().optional(),
      SourceAccount: z.string().optional(),
    }),
    create(given, { stack, logicalId, region, account }) {
      const { FunctionName: name } = given;
      const arn = name.startsWith("arn:")
        ? name
        : `arn:aws:lambda:${region}:${account}:function:${name}`;
      add(arn, permissionPolicy(given));
      return { ref: `${stack}-${logicalId}` };
    },
  }),
];

/** The statement that Lambda adds to a function's policy. */
const permissionPolicy = ({
  Action,
  Principal,
  SourceArn,
  SourceAccount,
}: {
  Action: string;
  Principal: string;
  SourceArn?: string | undefined;
  SourceAccount?: string | undefined;
}) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: Principal },
      Action,
      Resource: "*",
      Condition: {
        ...(SourceArn !== undefined && { ArnLike: { "aws:SourceArn": SourceArn } }),
        ...(SourceAccount !== undefined && {
          StringEquals: { "aws:SourceAccount": SourceAccount },
        }),
      },
    },
  ],
});
