import { UsageError } from "../admin/usageError.ts";
import { type Cloud, connectedDevicesMax } from "./cloud.ts";
import { importMapping } from "./importMapping.ts";
import type { Request } from "./parseArguments.ts";
import { regionStack } from "./stackNames.ts";
import type { Action, Context, SettingsChange } from "./step.ts";

/** What a step needs. */
export interface StepDeps {
  readonly cloud: Cloud;
  /** Runs the command line of the CDK, and returns its exit code. */
  cdk(args: readonly string[]): Promise<number>;
  /** Runs `npm run admin`, and returns its exit code. */
  admin(args: readonly string[]): Promise<number>;
  writeSettings(change: SettingsChange): Promise<void>;
  /** Writes a temporary file, and returns its path. */
  writeFile(name: string, text: string): Promise<string>;
  wait(ms: number): Promise<void>;
  /** Writes a line to standard error. */
  say(line: string): void;
}

type Choices = Pick<Request, "abandonWork" | "profile">;

/** Performs a step. Fails with a `UsageError` if the step is not complete. */
export const perform = async (action: Action, choices: Choices, deps: StepDeps): Promise<void> => {
  switch (action.kind) {
    case "settings":
      return await deps.writeSettings(action.settings);
    case "deploy":
      // Without `--exclusively`, the CDK would also deploy the stacks that these depend on.
      return await run(["deploy", ...action.stacks, "--exclusively"], action, choices, deps);
    case "destroy":
      // The person has approved the plan.
      return await run(
        ["destroy", ...action.stacks, "--exclusively", "--force"],
        action,
        choices,
        deps,
      );
    case "adopt":
      return await adopt(action.region, choices, deps);
    case "fill":
      return await fill(action.region, deps);
    case "drain":
      return await drain(action.region, choices, deps);
  }
};

const run = async (
  args: readonly string[],
  { context = {} }: { readonly context?: Context },
  { profile }: Choices,
  { cdk }: StepDeps,
): Promise<void> => {
  const values = Object.entries(context).flatMap(([name, list = []]) => [
    "--context",
    `${name}=${list.join()}`,
  ]);
  const named = profile === undefined ? [] : ["--profile", profile];
  const code = await cdk([...args, ...values, ...named]);
  if (code !== 0) throw new UsageError(`cdk ${args[0]} failed. Repeat the command to continue.`);
};

const adopt = async (region: string, choices: Choices, deps: StepDeps): Promise<void> => {
  const stack = regionStack(region);
  if (await deps.cloud.hasStack(region, stack)) {
    deps.say(`${stack} exists: there is nothing to take over.`);
    return;
  }
  const mapping = importMapping(await deps.cloud.leftovers(region, stack));
  if (Object.keys(mapping).length === 0) {
    deps.say(`No earlier stack in ${region} has left anything.`);
    return;
  }
  const file = await deps.writeFile(`import-${region}.json`, JSON.stringify(mapping, null, 2));
  await run(["import", stack, "--resource-mapping", file], {}, choices, deps);
};

const fill = async (region: string, { admin }: StepDeps): Promise<void> => {
  const code = await admin(["region", "fill", region, "--region", region]);
  if (code === 0) return;
  throw new UsageError(
    `npm run admin -- region fill ${region} failed. Repeat the command to continue.`,
  );
};

/** Devices leave and queues empty within minutes; deliveries can wait for days. */
const checksMax = 60;
const checkMs = 10_000;

const drain = async (
  region: string,
  { abandonWork }: Choices,
  { cloud, wait, say }: StepDeps,
): Promise<void> => {
  for (let check = 1; ; check += 1) {
    const left = await leftIn(region, cloud);
    if (left.length === 0) return;
    say(`${region} still has ${left.join(", ")}`);
    if (check < checksMax) {
      await wait(checkMs);
      continue;
    }
    if (abandonWork) return;
    throw new UsageError(
      `${region} still has ${left.join(", ")}. Repeat the command later. Dead letters need a decision: docs/runbook.md. To remove the region all the same: --abandon-work`,
    );
  }
};

const leftIn = async (region: string, cloud: Cloud): Promise<string[]> => {
  const devices = await cloud.connectedDevices(region);
  const work = await cloud.leftWork(region, regionStack(region));
  return [
    ...(devices === 0 ? [] : [connected(devices)]),
    ...work.map(({ name, messages }) =>
      messages === undefined ? name : `${messages} messages in ${name}`,
    ),
  ];
};

/** The number of connected devices in words. */
export const connected = (devices: number): string =>
  `${devices === connectedDevicesMax ? "at least " : ""}${devices} connected devices`;
