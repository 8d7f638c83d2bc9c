import { Stack } from "aws-cdk-lib";
import { type IGrantable, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import * as z from "zod";
import { acknowledge } from "./acknowledge.ts";

/** A grant of exactly these actions. CDK's own `grantRead` and the like grant wildcards. */
interface Grant {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /**
   * Why a resource has a wildcard. Required for each grant that has one; it is the acknowledgment
   * of cdk-nag's finding.
   */
  readonly reason?: string;
  readonly conditions?: Record<string, unknown>;
}

/** Actions of IoT Core's data plane. */
const dataPlane = [
  "iot:Connect",
  "iot:DeleteConnection",
  "iot:GetConnection",
  "iot:Publish",
  "iot:SendDirectMessage",
];

/** Grants a role or function exactly these actions. Fails when a wildcard has no reason. */
export const allow = (
  who: IGrantable,
  actions: readonly string[],
  resources: readonly string[],
  reason?: string,
): void => grant(who, { actions, resources, ...(reason !== undefined && { reason }) });

/** The same with conditions. */
export const grant = (who: IGrantable, { actions, resources, reason, conditions }: Grant): void => {
  who.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: [...actions],
      resources: [...resources],
      ...(conditions && { conditions }),
    }),
  );
  // Before the first call, a worker asks for the endpoint of the data plane.
  if (actions.some((action) => dataPlane.includes(action))) {
    allow(who, ["iot:DescribeEndpoint"], ["*"], "IoT Core has no resource for this action.");
  }
  const role = who.grantPrincipal;
  if (!Construct.isConstruct(role)) return;
  const wildcards = resources
    .map((resource) => nameOf(Stack.of(role).resolve(resource)))
    .filter((name) => name.includes("*"));
  if (wildcards.length === 0) return;
  if (reason === undefined) {
    throw new Error(`${role.node.path}: give the reason for the wildcard in ${wildcards.join()}`);
  }
  acknowledge(
    role,
    wildcards.map((name) => `AwsSolutions-IAM5[Resource::${name}]` as const),
    reason,
  );
};

/**
 * Grants a function actions on resources of IoT Core, written as in an ARN: `topic/acks/*`.
 * `regions` defaults to the function's own.
 */
export const allowIot = (
  worker: IFunction,
  actions: readonly `iot:${string}`[],
  resources: readonly `${string}/${string}`[],
  reason?: string,
  regions: readonly string[] = [Stack.of(worker).region],
): void => {
  const { partition, account } = Stack.of(worker);
  const arns = regions.flatMap((region) =>
    resources.map((name) => `arn:${partition}:iot:${region}:${account}:${name}`),
  );
  if (arns.length > 0) allow(worker, actions, arns, reason);
};

const reference = z.union([
  z.object({ Ref: z.string() }).transform(({ Ref }) => `<${Ref}>`),
  z
    .object({ "Fn::GetAtt": z.array(z.string()) })
    .transform((value) => `<${value["Fn::GetAtt"].join(".")}>`),
  z.string(),
]);
const joined = z
  .object({ "Fn::Join": z.tuple([z.string(), z.array(reference)]) })
  .transform(({ "Fn::Join": [separator, parts] }) => parts.join(separator));

/** A resolved ARN as cdk-nag writes it in a finding: `<Bucket.Arn>/events/*`. */
const nameOf = (resolved: unknown): string => z.union([reference, joined]).parse(resolved);
