import { Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/**
 * Acknowledges findings of cdk-nag about a construct and its children, with the reason why they
 * stay.
 */
export const acknowledge = (
  construct: IConstruct,
  findings: readonly `AwsSolutions-${string}`[],
  reason: string,
): void => Validations.of(construct).acknowledge(...findings.map((id) => ({ id, reason })));
