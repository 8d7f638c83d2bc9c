import * as z from "zod";
import type { AwsHandler, AwsResponse } from "../http/awsRequest.ts";
import { type AwsService, startAwsService } from "../http/awsService.ts";
import { RestFailure } from "../http/restFailure.ts";
import type { Credentials } from "../http/signature.ts";
import { type Elements, xmlOf } from "../http/xmlText.ts";
import type { Access } from "../iam/access.ts";
import { AccessDenied } from "../iam/accessDenied.ts";
import { authorizer } from "../iam/authorize.ts";
import { cloudFormationPermissions } from "../iam/permission/cloudformation.ts";
import type { Log } from "../platform/log.ts";
import type { CreatedStack } from "../template/createStack.ts";
import type { Template } from "../template/template.ts";
import { pageMax, requestBytesMax } from "./limits.ts";

export interface CloudFormationOptions {
  readonly region: string;
  readonly account: string;
  readonly credentials: Credentials;
  /** The roles that may call; by default only the account's owner may. */
  readonly access?: Access | undefined;
  readonly log: Log;
}

/** A stack of this start. */
interface DeployedStack extends Pick<CreatedStack, "outputs" | "resources"> {
  readonly name: string;
  readonly template: Template;
}

/** CloudFormation of one region: it returns the stacks of this start, and changes none. */
export interface CloudFormation extends AwsService {
  add(stack: DeployedStack): void;
}

interface Place {
  readonly region: string;
  readonly account: string;
  readonly stacks: ReadonlyMap<string, DeployedStack>;
}

type Answer = (given: unknown, place: Place) => Elements;

/** Stacks are created at each start. */
const startedAt = new Date().toISOString();

const namespace = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

const inputs = {
  GetTemplate: z.strictObject({
    StackName: z.string(),
    TemplateStage: z.enum(["Original", "Processed"]).optional(),
  }),
  ListStackResources: z.strictObject({
    StackName: z.string(),
    NextToken: z.string().regex(/^\d+$/).default("0"),
  }),
  DescribeStacks: z.strictObject({ StackName: z.string().optional() }),
};

/** Starts CloudFormation on any free port of 127.0.0.1. */
export const startCloudFormation = async (
  options: CloudFormationOptions,
): Promise<CloudFormation> => {
  const { region, account, credentials, access, log } = options;
  const stacks = new Map<string, DeployedStack>();
  const authorize = authorizer(access, cloudFormationPermissions(options));
  const handler: AwsHandler = async ({ body, roleKey }) => {
    const form = new URLSearchParams(body.toString());
    const { Action = "", Version: _, ...members } = Object.fromEntries(form);
    const answer = answers.get(Action);
    if (answer === undefined) {
      throw failure("InvalidAction", `The action ${Action} is not supported here.`);
    }
    authorize(roleKey, Action, members);
    const result = answer(members, { region, account, stacks });
    return response(
      `<${Action}Response xmlns="${namespace}">${xmlOf({
        [`${Action}Result`]: result,
        ResponseMetadata: { RequestId: crypto.randomUUID() },
      })}</${Action}Response>`,
      200,
    );
  };
  const service = await startAwsService({
    region,
    signers: { credentials, roles: access, region, services: ["cloudformation"] },
    bodyBytesMax: requestBytesMax,
    isJson: () => false,
    handler,
    errorResponse,
    log,
  });
  return { ...service, add: (stack) => void stacks.set(stack.name, stack) };
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html */
const getTemplate: Answer = (given, { stacks }) => {
  const { StackName } = read(inputs.GetTemplate, given);
  return {
    TemplateBody: JSON.stringify(find(StackName, stacks).template),
    StagesAvailable: { member: "Original" },
  };
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html */
const listResources: Answer = (given, { stacks }) => {
  const { StackName, NextToken } = read(inputs.ListStackResources, given);
  const { resources, template } = find(StackName, stacks);
  const from = Number(NextToken);
  const next = from + pageMax;
  const page = [...resources].slice(from, next).map(([logicalId, { ref }]) => ({
    LogicalResourceId: logicalId,
    PhysicalResourceId: ref,
    ResourceType: template.Resources[logicalId]?.Type ?? "",
    ResourceStatus: "CREATE_COMPLETE",
  }));
  return {
    StackResourceSummaries: { member: page },
    ...(next < resources.size && { NextToken: String(next) }),
  };
};

/**
 * Without a name, all stacks of the region.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
 */
const describeStacks: Answer = (given, { region, account, stacks }) => {
  const { StackName } = read(inputs.DescribeStacks, given);
  const described = StackName === undefined ? [...stacks.values()] : [find(StackName, stacks)];
  return {
    Stacks: {
      member: described.map(({ name, outputs }) => ({
        StackName: name,
        StackId: `arn:aws:cloudformation:${region}:${account}:stack/${name}/local`,
        CreationTime: startedAt,
        StackStatus: "CREATE_COMPLETE",
        Outputs: {
          member: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({
            OutputKey,
            OutputValue,
          })),
        },
      })),
    },
  };
};

/** The operations by name. */
const answers: ReadonlyMap<string, Answer> = new Map([
  ["GetTemplate", getTemplate],
  ["ListStackResources", listResources],
  ["DescribeStacks", describeStacks],
]);

const find = (name: string, stacks: ReadonlyMap<string, DeployedStack>): DeployedStack => {
  const stack = stacks.get(name);
  if (stack === undefined) {
    throw failure("ValidationError", `Stack with id ${name} does not exist`);
  }
  return stack;
};

const read = <Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> => {
  const { success, data, error } = schema.safeParse(given);
  if (success) return data;
  throw failure("ValidationError", z.prettifyError(error));
};

const failure = (code: string, message: string): RestFailure =>
  new RestFailure(message, { status: 400, code });

const response = (body: string, status: number): AwsResponse => ({
  status,
  headers: { "content-type": "text/xml" },
  body: `<?xml version="1.0"?>\n${body}\n`,
});

const errorResponse = (given: RestFailure): AwsResponse => {
  const { status, message } = given;
  const Code = given instanceof AccessDenied ? "AccessDenied" : given.code;
  const Type = status < 500 ? "Sender" : "Receiver";
  const content = xmlOf({
    Error: { Type, Code, Message: message },
    RequestId: crypto.randomUUID(),
  });
  return response(`<ErrorResponse xmlns="${namespace}">${content}</ErrorResponse>`, status);
};
