import type { Statement } from "./document.ts";
import type { Context } from "./pattern.ts";

/** Who makes a request: a role of the account, or a service of AWS. */
export type Principal =
  | { readonly kind: "role"; readonly arn: string; readonly account: string }
  | { readonly kind: "service"; readonly name: string };

/** One action on one resource. */
export interface AccessRequest {
  readonly principal: Principal;
  /** As in the Service Authorization Reference: `dynamodb:GetItem`. */
  readonly action: string;
  /** The ARN, or `*` for an action without resource types. */
  readonly resource: string;
  readonly context: Context;
}

/** The policies that decide about a request. */
export interface Policies {
  /** The policies of the role. */
  readonly identity: readonly Statement[];
  /** The policy of the resource, if it has one. */
  readonly resource: readonly Statement[];
  /**
   * Whether the resource's policy must let the account decide before a role's policy counts, as for
   * KMS keys.
   */
  readonly requiresDelegation?: boolean;
}

/** The decision, and its reason as AWS's error messages state it. */
export type Decision =
  | { readonly isAllowed: true }
  | { readonly isAllowed: false; readonly reason: string };

/**
 * Decides about a request within one account: a policy must allow it, and none may deny it. A
 * resource's policy that names the account lets the role's own policy decide.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export const evaluate = (
  request: AccessRequest,
  { identity, resource, requiresDelegation = false }: Policies,
): Decision => {
  const { principal, action } = request;
  const ofIdentity = identity.filter((statement) => covers(statement, request));
  const ofResource = resource.filter((statement) => covers(statement, request));
  if (ofIdentity.some(({ isDeny }) => isDeny)) {
    return denied("with an explicit deny in an identity-based policy");
  }
  if (ofResource.some((each) => each.isDeny && concerns(each, principal))) {
    return denied("with an explicit deny in a resource-based policy");
  }
  const granting = ofResource.filter(({ isDeny }) => !isDeny);
  if (granting.some((each) => names(each, principal))) return { isAllowed: true };
  if (principal.kind === "service") return denied(noneAllows("resource-based", action));
  if (requiresDelegation && !granting.some((each) => concerns(each, principal))) {
    return denied(noneAllows("resource-based", action));
  }
  return ofIdentity.length > 0 ? { isAllowed: true } : denied(noneAllows("identity-based", action));
};

const denied = (reason: string): Decision => ({ isAllowed: false, reason });

const noneAllows = (kind: string, action: string): string =>
  `because no ${kind} policy allows the ${action} action`;

const covers = (statement: Statement, { action, resource, context }: AccessRequest): boolean =>
  statement.coversAction(action) &&
  statement.coversResource(resource, context) &&
  (statement.condition?.(context) ?? true);

/** Whether a statement names a principal itself, or everyone. */
const names = ({ principals }: Statement, principal: Principal): boolean => {
  if (principals === undefined) return false;
  if (principals.isEveryone) return true;
  return principal.kind === "role"
    ? principals.arns.includes(principal.arn)
    : principals.services.includes(principal.name);
};

/** Whether a statement names a principal, everyone, or the principal's account. */
const concerns = (statement: Statement, principal: Principal): boolean => {
  if (names(statement, principal)) return true;
  if (principal.kind === "service") return false;
  const { account } = principal;
  const { arns = [] } = statement.principals ?? {};
  return arns.includes(account) || arns.includes(`arn:aws:iam::${account}:root`);
};
