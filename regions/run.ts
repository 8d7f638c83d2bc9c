import { UsageError } from "../admin/usageError.ts";
import { help } from "./help.ts";
import { parseArguments, type Request } from "./parseArguments.ts";
import { connected, perform, type StepDeps } from "./perform.ts";
import { planAdd } from "./planAdd.ts";
import { planAdopt } from "./planAdopt.ts";
import { planRemove } from "./planRemove.ts";
import { printPlan } from "./printPlan.ts";
import type { Settings } from "./settings.ts";
import { regionStack } from "./stackNames.ts";
import type { Plan } from "./step.ts";

interface Deps extends Omit<StepDeps, "cloud"> {
  readSettings(): Promise<Settings>;
  openCloud(profile: string | undefined): StepDeps["cloud"];
  /** Asks for the approval of the plan. Fails with a `UsageError` without a terminal. */
  confirm(question: string): Promise<boolean>;
  /** Writes a text to standard output. */
  print(text: string): void;
}

const plans = { add: planAdd, remove: planRemove, adopt: planAdopt } as const;

/** Runs the command line. Fails with a `UsageError` if a step is not complete. */
export const run = async (args: readonly string[], deps: Deps): Promise<void> => {
  const request = parseArguments(args);
  if (request === "help") return deps.print(help);
  const settings = await deps.readSettings();
  const plan = plans[request.change](settings, request.region);
  deps.print(printPlan(plan));
  if (request.plan) return;
  const cloud = deps.openCloud(request.profile);
  await assertPossible(request, settings, cloud);
  if (
    !request.yes &&
    !(await deps.confirm(`Perform these ${plan.steps.length} steps? (yes/no) `))
  ) {
    deps.say("Nothing was changed.");
    return;
  }
  await performAll(plan, request, { ...deps, cloud });
};

const performAll = async (
  { steps }: Plan,
  request: Request,
  deps: StepDeps & Pick<Deps, "print">,
): Promise<void> => {
  for (const [i, { title, action }] of steps.entries()) {
    deps.say(`Step ${i + 1} of ${steps.length}: ${title}`);
    await perform(action, request, deps);
  }
  deps.print("Done.");
};

/** Checks of the account before the first step. */
const assertPossible = async (
  { change, region, disconnectDevices }: Request,
  { regions, stateRegion, closedRegions }: Settings,
  cloud: StepDeps["cloud"],
): Promise<void> => {
  if (!(await cloud.hasStack(stateRegion, "Godwit-State"))) {
    throw new UsageError(
      `There is no stack Godwit-State in ${stateRegion}. If it is in another region, set "stateRegion" in cdk.json. If nothing is deployed yet, list all regions in cdk.json and run: npm run deploy`,
    );
  }
  if (change !== "remove") return await assertReachable(region, cloud);
  if (!regions.includes(region)) {
    const isLeft =
      (await cloud.hasStack(region, regionStack(region))) ||
      (await cloud.hasReplica(stateRegion, region));
    if (!isLeft) throw new UsageError(`${region} is no region of this deployment.`);
    return;
  }
  if (closedRegions.includes(region) || disconnectDevices) return;
  const devices = await cloud.connectedDevices(region);
  if (devices === 0) return;
  throw new UsageError(
    `${region} has ${connected(devices)}. They connect to the other regions when the region is closed; a device that has only this endpoint stays offline. To continue: --disconnect-devices`,
  );
};

/** A misspelled name, or a region that the account has not enabled, would fail after some steps. */
const assertReachable = async (region: string, cloud: StepDeps["cloud"]): Promise<void> => {
  try {
    await cloud.hasStack(region, regionStack(region));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(
      `${region} cannot be read: ${reason}. Check the name of the region, and that the account has enabled it: aws account get-region-opt-status --region-name ${region}`,
      { cause },
    );
  }
};
