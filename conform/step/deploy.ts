import { join } from "node:path";
import { CloudFormationClient, paginateListStackResources } from "@aws-sdk/client-cloudformation";
import { type CdkResult, cdk } from "../cdk.ts";
import type { Finding } from "../difference/difference.ts";
import { countTypes, readTemplates } from "../templates.ts";
import type { Deployment, StepResult } from "./step.ts";

/** Bootstraps the regions and deploys all stacks. */
export const deploy = async (
  deployment: Deployment,
  step: string,
  options: readonly string[],
): Promise<StepResult> => {
  const { emulator, templates, regions } = deployment;
  const errors: string[] = [];
  for (const region of regions) {
    const target = `aws://000000000000/${region}`;
    const { errors: found } = await cdk(emulator, templates, ["bootstrap", target]);
    errors.push(...found);
  }
  if (errors.length === 0) {
    const outputsFile = join(deployment.folder, "outputs.json");
    errors.push(
      ...(await deployAll(deployment, [...options, "--outputs-file", outputsFile])).errors,
    );
  }
  const log = deployment.kind.readLog(emulator.takeLog());
  const texts = [...new Set([...errors, ...log])];
  const findings = texts.map((text): Finding => ({ step, text }));
  if (errors.length > 0) return { done: "failed", findings };
  const { done, findings: missing } = await compareResources(deployment, step);
  return { done, findings: [...findings, ...missing] };
};

/** Deploys the same stacks again. The CLI must find no changes. */
export const deployAgain = async (deployment: Deployment, step: string): Promise<StepResult> => {
  const { errors, output } = await deployAll(deployment, deployment.kind.deployOptions.later);
  const stacks = (await readTemplates(deployment.templates)).keys();
  const changed = [...stacks].filter((stack) => !output.includes(`${stack} (no changes)`));
  const texts = [...errors, ...changed.map((stack) => `${stack} has changes`)];
  return {
    done: texts.length === 0 ? "no changes" : "changes",
    findings: texts.map((text) => ({ step, text })),
  };
};

/** Destroys all stacks. Findings are the resources that cannot be deleted. */
export const destroy = async (deployment: Deployment, step: string): Promise<StepResult> => {
  const { emulator, templates } = deployment;
  const { errors, output } = await cdk(emulator, templates, ["destroy", "--all", "--force"]);
  const destroyed = output.match(/✅ {2}\S+: destroyed/g)?.length ?? 0;
  return {
    done: `${destroyed} stacks destroyed`,
    findings: errors.map((text) => ({ step, text })),
  };
};

const deployAll = ({ emulator, templates }: Deployment, options: readonly string[]) =>
  cdk(emulator, templates, [
    "deploy",
    "--all",
    "--concurrency=1",
    "--require-approval=never",
    "--progress=events",
    ...options,
  ]) satisfies Promise<CdkResult>;

/** Compares the resources of the stacks with those of the templates, by type. */
const compareResources = async (
  { emulator, templates }: Deployment,
  step: string,
): Promise<StepResult> => {
  const findings: Finding[] = [];
  let created = 0;
  const all = await readTemplates(templates);
  for (const [stack, { Resources }] of all) {
    const region = /(?<=-)[a-z]{2}(-[a-z]+)+-\d$/.exec(stack)?.[0] ?? "us-east-1";
    const wanted = countTypes(Object.values(Resources).map(({ Type }) => Type));
    const types = await listTypes(emulator.url, region, stack);
    if (typeof types === "string") findings.push({ step, text: types });
    const found = countTypes(typeof types === "string" ? [] : types);
    for (const [type, count] of wanted) {
      const there = found.get(type) ?? 0;
      created += Math.min(there, count);
      if (there < count) {
        findings.push({ step, text: `${stack}: ${count - there} of ${count} ${type} are missing` });
      }
    }
  }
  return { done: `${created} resources in ${all.size} stacks`, findings };
};

const listTypes = async (
  endpoint: string,
  region: string,
  StackName: string,
): Promise<readonly string[] | string> => {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new CloudFormationClient({ endpoint, region, credentials });
  const types: string[] = [];
  try {
    for await (const page of paginateListStackResources({ client }, { StackName })) {
      for (const { ResourceType } of page.StackResourceSummaries ?? []) {
        types.push(ResourceType ?? "");
      }
    }
    return types;
  } catch (error) {
    return `ListStackResources of ${StackName}: ${error instanceof Error ? error.message : error}`;
  } finally {
    client.destroy();
  }
};
