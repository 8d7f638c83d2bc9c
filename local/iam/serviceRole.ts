import type { Access } from "./access.ts";
import type { Permission, Place } from "./permission/permission.ts";

/** A service of AWS that acts with a role of the account. */
interface Assumed {
  readonly access: Access | undefined;
  readonly roleArn: string;
  /** The service, such as `iot.amazonaws.com`. */
  readonly service: string;
  /** The ARN of the resource for which it acts. */
  readonly sourceArn: string;
  readonly account: string;
}

/**
 * Fails unless a service may assume a role for a resource, and the role has the permissions.
 * Without `access` nothing is checked.
 */
export const authorizeService = (
  { access, roleArn, service, sourceArn, account }: Assumed,
  permissions: readonly Permission[],
): void => {
  if (access === undefined) return;
  const context = { "aws:sourcearn": sourceArn, "aws:sourceaccount": account };
  const assuming = { action: "sts:AssumeRole", resource: roleArn, context };
  if (!access.allowsService(service, assuming)) {
    throw new Error(`${service} may not assume the role ${roleArn} for ${sourceArn}`);
  }
  for (const permission of permissions) access.authorizeRole(roleArn, permission);
};

/** Whether a service may invoke a function for a resource. Without `access` it may. */
export const mayInvoke = (
  access: Access | undefined,
  {
    functionArn,
    service,
    sourceArn,
    account,
  }: { functionArn: string; service: string; sourceArn: string; account: string },
): boolean =>
  access?.allowsService(service, {
    action: "lambda:InvokeFunction",
    resource: functionArn,
    context: { "aws:sourcearn": sourceArn, "aws:sourceaccount": account },
  }) ?? true;

/** What Lambda's event source mapping does with a queue, with the role of the function. */
const mappingActions = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"] as const;

/**
 * Fails, as the creation of the event source mapping does, unless the function's role allows Lambda
 * to read a queue.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
 */
export const authorizeMapping = (
  access: Access,
  { roleArn, queueArn }: { roleArn: string; queueArn: string },
): void => {
  for (const name of mappingActions) {
    try {
      access.authorizeRole(roleArn, { action: `sqs:${name}`, resource: queueArn });
    } catch (cause) {
      throw new Error(
        `The function execution role does not have permissions to call ${name} on SQS: ${queueArn}`,
        { cause },
      );
    }
  }
};

/** Whether a function's role lets Lambda write its log. */
export const mayLog = (
  access: Access,
  { roleArn, logGroup, region, account }: Place & { roleArn: string; logGroup: string },
): boolean => {
  const resource = `arn:aws:logs:${region}:${account}:log-group:${logGroup}:log-stream:local`;
  return ["logs:CreateLogStream", "logs:PutLogEvents"].every((action) => {
    try {
      access.authorizeRole(roleArn, { action, resource });
      return true;
    } catch {
      return false;
    }
  });
};
