import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { Aws } from "./aws.ts";
import { type CredentialProblem, credentialProblem, explain } from "./explain.ts";
import { type Finding, ok } from "./row.ts";

/** Who the credentials belong to, asked in one region. */
export type Identity =
  | { readonly account: string; readonly arn: string }
  | { readonly problem: CredentialProblem | "unreachable"; readonly error: unknown };

/** Asks STS of a region, which rejects every credential while the region is not enabled. */
export const identify = async ({ sts }: Aws, abortSignal: AbortSignal): Promise<Identity> => {
  try {
    const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}), { abortSignal });
    if (Account !== undefined && Arn !== undefined) return { account: Account, arn: Arn };
    return { problem: "unreachable", error: new SyntaxError("The response names no account.") };
  } catch (error) {
    return { problem: credentialProblem(error) ?? "unreachable", error };
  }
};

const check = "credentials";

const advice: Readonly<Record<CredentialProblem, { found: string; action: string }>> = {
  missing: {
    found: "none",
    action:
      "Configure credentials: `aws configure`, or `aws sso login --profile NAME` and `export AWS_PROFILE=NAME`. Test them with `aws sts get-caller-identity`.",
  },
  expired: {
    found: "expired",
    action:
      "Log in again: `aws sso login` (with the same --profile), or set new temporary credentials. Test them with `aws sts get-caller-identity`.",
  },
  rejected: {
    found: "rejected by AWS",
    action:
      "The key does not exist, is inactive, or does not match its secret. Test it with `aws sts get-caller-identity`.",
  },
};

/** Describes an error about credentials, with what to do; `undefined` for other errors. */
export const credentialAdvice = (error: unknown): string | undefined => {
  const problem = credentialProblem(error);
  if (problem === undefined) return undefined;
  const { found, action } = advice[problem];
  return `AWS credentials: ${found}. ${action}`;
};

/** The finding about the credentials. */
export const credentialsFinding = (identity: Identity): Finding => {
  const needed = "an AWS account";
  if ("account" in identity) return ok(check, identity.arn, needed);
  if (identity.problem === "unreachable") {
    return { ...explain(check, identity.error), needed, result: "fail" };
  }
  return { check, needed, result: "fail", ...advice[identity.problem] };
};

/** The finding about a region that rejects credentials that another region accepts. */
export const regionFinding = (region: string, identity: Identity): Finding => {
  const regionCheck = "region";
  const needed = "enabled";
  if ("account" in identity) return ok(regionCheck, "enabled", needed);
  if (identity.problem === "unreachable") return explain(regionCheck, identity.error);
  return {
    check: regionCheck,
    found: "not enabled",
    needed,
    result: "fail",
    action: `aws account enable-region --region-name ${region}, then wait until \`aws account get-region-opt-status --region-name ${region}\` says ENABLED.`,
  };
};
