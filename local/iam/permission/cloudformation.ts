import { type Permission, type Place, textMember, UnknownAction } from "./permission.ts";

const onStack: ReadonlySet<string> = new Set([
  "DescribeStacks",
  "GetTemplate",
  "ListStackResources",
]);

/**
 * The permissions that an operation of CloudFormation needs. The last part of a stack's ARN is its
 * unique id.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
 */
export const cloudFormationPermissions =
  ({ region, account }: Place) =>
  (operation: string, input: unknown): Permission[] => {
    if (!onStack.has(operation)) throw new UnknownAction("CloudFormation", operation);
    const name = textMember(input, "StackName");
    const resource = `arn:aws:cloudformation:${region}:${account}:stack/${name}/local`;
    return [{ action: `cloudformation:${operation}`, resource }];
  };
