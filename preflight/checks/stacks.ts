import { paginateListStacks, type StackSummary } from "@aws-sdk/client-cloudformation";
import type { Check } from "../check.ts";
import { pagesMax } from "../limits.ts";
import type { Finding } from "../row.ts";

/** The states in which CloudFormation accepts an update, or CDK deletes and creates the stack. */
const ready =
  /^((CREATE|UPDATE|IMPORT)_COMPLETE|UPDATE_ROLLBACK_COMPLETE|IMPORT_ROLLBACK_COMPLETE|REVIEW_IN_PROGRESS)$/;

/** Stacks of this app have this prefix. */
const prefix = "Godwit-";

/**
 * The state of the deployed stacks, and stacks of this app that the configuration does not name.
 */
export const checkStacks: Check = async ({ aws, requirements, signal }) => {
  const stacks = new Map<string, StackSummary>();
  let pages = 0;
  const config = { client: aws.cloudFormation };
  for await (const page of paginateListStacks(config, {}, { abortSignal: signal })) {
    for (const stack of page.StackSummaries ?? []) {
      if (stack.StackStatus === "DELETE_COMPLETE") continue;
      stacks.set(stack.StackName ?? "", stack);
    }
    pages += 1;
    if (pages === pagesMax) break;
  }
  const own = requirements.stacks.map((name) =>
    stateOf(name, stacks.get(name)?.StackStatus, aws.region),
  );
  const others = [...stacks.keys()].filter(
    (name) => name.startsWith(prefix) && !requirements.stacks.includes(name),
  );
  const findings = [...own, ...others.map((name) => unnamed(name))];
  const { distributionStack: name } = requirements;
  const isNew = name !== undefined && !ready.test(stacks.get(name)?.StackStatus ?? "");
  return isNew ? [...findings, cloudFront] : findings;
};

/** No request shows whether AWS accepts a distribution of this account. */
const cloudFront: Finding = {
  check: "CloudFront: status page",
  found: "no distribution yet",
  needed: "an account that AWS has verified",
  result: "note",
  action:
    'If the deployment fails with "Your account must be verified before you can add new CloudFront resources", ask AWS Support, and deploy with "statusPage": {"cloudFront": false} in the context of cdk.json until then (docs/status-page.md).',
};

const stateOf = (name: string, state: string | undefined, region: string): Finding => {
  const base = { check: `stack ${name}`, needed: "new, or ready for an update" };
  if (state === undefined) return { ...base, found: "new", result: "ok", action: "" };
  if (ready.test(state)) return { ...base, found: state, result: "ok", action: "" };
  if (state === "ROLLBACK_COMPLETE" || state === "ROLLBACK_FAILED") {
    const action =
      "The first deployment failed. CDK deletes the stack and creates it again; names that it left over are listed separately.";
    return { ...base, found: state, result: "note", action };
  }
  return { ...base, found: state, result: "fail", action: repairOf(name, state, region) };
};

const repairOf = (name: string, state: string, region: string): string => {
  const at = `--stack-name ${name} --region ${region}`;
  if (state === "UPDATE_ROLLBACK_FAILED") {
    return `aws cloudformation continue-update-rollback ${at}`;
  }
  if (state === "DELETE_FAILED") {
    return `aws cloudformation delete-stack ${at}. The stack's events say which resource could not be deleted.`;
  }
  if (state.endsWith("_IN_PROGRESS")) return "Another deployment is running: wait until it ends.";
  return `aws cloudformation describe-stack-events ${at}`;
};

const unnamed = (name: string): Finding => ({
  check: `stack ${name}`,
  found: "deployed, but not in the configuration",
  needed: "",
  result: "note",
  action:
    "It keeps running and is not updated. If a region was removed from cdk.json, see docs/regions.md.",
});
