import { Stack } from "aws-cdk-lib";
import { type IGrantable, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";

/** Lets a role or function do exactly these actions; CDK's own `grantRead` and the like give wildcards. */
export const allow = (
  who: IGrantable,
  actions: readonly string[],
  resources: readonly string[],
): void => {
  who.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({ actions: [...actions], resources: [...resources] }),
  );
};

/** Lets a function act on parts of IoT Core, in its own region unless said, written as in an ARN: `topic/acks/*`. */
export const allowIot = (
  worker: IFunction,
  actions: readonly `iot:${string}`[],
  resources: readonly `${string}/${string}`[],
  regions: readonly string[] = [Stack.of(worker).region],
): void => {
  const { partition, account } = Stack.of(worker);
  const arns = regions.flatMap((region) =>
    resources.map((name) => `arn:${partition}:iot:${region}:${account}:${name}`),
  );
  if (arns.length > 0) allow(worker, actions, arns);
};
