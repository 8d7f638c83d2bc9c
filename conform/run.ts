import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { synthesize } from "./cdk.ts";
import { classify, type Difference, type Finding } from "./difference/difference.ts";
import type { EmulatorKind } from "./emulator/emulator.ts";
import { runContracts } from "./step/contracts.ts";
import { deploy, deployAgain, destroy } from "./step/deploy.ts";
import { sendEvent } from "./step/event.ts";
import { runProbes } from "./step/probes.ts";
import type { Deployment, StepResult } from "./step/step.ts";
import { adaptTemplates, type Template } from "./templates.ts";

/** The result of all steps against one emulator. */
export interface EmulatorReport {
  readonly kind: EmulatorKind;
  readonly steps: readonly { readonly name: string; readonly done: string }[];
  readonly seen: ReadonlySet<Difference>;
  /** Findings that no known difference explains. */
  readonly unknown: readonly Finding[];
  /** Known differences that were not seen. */
  readonly vanished: readonly Difference[];
}

const firstRegion = "us-east-1";
const bothRegions = [firstRegion, "eu-west-1"];

interface Deps {
  readonly bin: string;
  readonly progress: (line: string) => void;
}

/** Runs all steps against an emulator that starts without state. */
export const runEmulator = async (kind: EmulatorKind, deps: Deps): Promise<EmulatorReport> => {
  const folder = await mkdtemp(join(tmpdir(), "godwit-conform-"));
  // At the exit, too: after a signal, a step may still write while the processes are stopped.
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.once("exit", removeFolder);
  try {
    return await runSteps(kind, folder, deps);
  } finally {
    removeFolder();
    process.off("exit", removeFolder);
  }
};

const runSteps = async (
  kind: EmulatorKind,
  folder: string,
  { bin, progress }: Deps,
): Promise<EmulatorReport> => {
  const one = join(folder, "one-region");
  const two = join(folder, "two-regions");
  await synthesize([firstRegion], one);
  await synthesize(bothRegions, two);
  const steps: { name: string; done: string }[] = [];
  const findings: Finding[] = [];
  const record = (name: string, { done, findings: found }: StepResult): void => {
    progress(`${kind.title}: ${name}: ${done}`);
    steps.push({ name, done });
    findings.push(...found);
  };

  const first = await firstDeployment(kind, one, { bin, folder, progress });
  record("bootstrap and deploy", first.result);
  const adapted = [...first.adapted];
  const changes = adapted.flatMap(({ adapt }) => adapt ?? []);
  const { deployment } = first;
  try {
    if (first.isDeployed) {
      record("deploy again", await deployAgain(deployment, "deploy again"));
      record("event", await sendEvent(deployment, "event"));
      record("probes", await runProbes(deployment, "probes"));
      record("add a region", await addRegion(deployment, two, changes));
      record("contracts", await runContracts(deployment, "contracts"));
      record("destroy", await destroy(deployment, "destroy"));
    }
  } finally {
    await deployment.emulator.stop();
  }
  const { seen, unknown } = classify(findings, kind.differences);
  const all = new Set([...seen, ...adapted]);
  const vanished = kind.differences.filter((one) => !all.has(one) && !one.isIntermittent);
  return { kind, steps, seen: all, unknown, vanished };
};

/**
 * Deploys until it succeeds: a failure that a known difference explains adapts the templates to it,
 * and the next attempt starts a new emulator.
 */
const firstDeployment = async (
  kind: EmulatorKind,
  synthesized: string,
  { bin, folder, progress }: Deps & { readonly folder: string },
) => {
  const adapted = new Set(kind.differences.filter(({ isAtUpdate }) => isAtUpdate));
  for (;;) {
    const templates = join(folder, "adapted");
    const changes = [...adapted].flatMap(({ adapt }) => adapt ?? []);
    await adaptTemplates(synthesized, templates, [allowPrivateTargets, ...changes]);
    progress(`${kind.title}: starts`);
    const emulator = await kind.start({ bin, folder });
    const deployment = { kind, emulator, templates, regions: [firstRegion], folder };
    const step = "bootstrap and deploy";
    const result = await deploy(deployment, step, kind.deployOptions.first);
    const { seen } = classify(result.findings, kind.differences);
    const added = [...seen].filter((one) => one.adapt !== undefined && !adapted.has(one));
    const isDeployed = result.done !== "failed";
    if (added.length === 0) return { deployment, result, adapted, isDeployed };
    for (const one of added) {
      progress(`${kind.title}: adapts the templates: ${one.what}`);
      adapted.add(one);
    }
    await emulator.stop();
  }
};

const addRegion = async (
  deployment: Deployment,
  synthesized: string,
  changes: readonly ((template: Template) => void)[],
): Promise<StepResult> => {
  const { kind, templates } = deployment;
  await adaptTemplates(synthesized, templates, [allowPrivateTargets, ...changes]);
  const step = "add a region";
  return deploy({ ...deployment, regions: bothRegions }, step, kind.deployOptions.later);
};

/** The target of the event is a server of this machine. */
const allowPrivateTargets = ({ Resources }: Template): void => {
  for (const { Properties } of Object.values(Resources)) {
    const { Environment } = Properties ?? {};
    if (typeof Environment !== "object" || Environment === null) continue;
    if (!("Variables" in Environment)) continue;
    const { Variables } = Environment;
    if (typeof Variables === "object" && Variables !== null && "PRIVATE_TARGETS" in Variables) {
      Variables.PRIVATE_TARGETS = "allowed";
    }
  }
};
