import { UsageError } from "../admin/usageError.ts";
import { assertNoneCloses } from "./assertNoneCloses.ts";
import type { Settings } from "./settings.ts";
import { edgePagesStack, edgeStack, stacksOfRegion, stateStack } from "./stackNames.ts";
import type { Plan, Step } from "./step.ts";

/**
 * The steps that add a region. A region that is in `cdk.json` already is added to the end: an
 * earlier run was interrupted, and steps that are done have no effect.
 */
export const planAdd = (settings: Settings, name: string): Plan => {
  const { regions, stateRegion, closedRegions } = settings;
  if (name === stateRegion) {
    throw new UsageError(
      `${name} is the state region, which each deployment has. To deploy it: npm run deploy. If its stacks were destroyed: npm run regions -- adopt ${name}`,
    );
  }
  if (closedRegions.includes(name)) {
    throw new UsageError(
      `${name} is being removed: it is in closedRegions. Finish with: npm run regions -- remove ${name}`,
    );
  }
  assertNoneCloses(settings, name);
  const all = regions.includes(name) ? regions : [...regions, name];
  const others = all.filter((each) => each !== name);
  return {
    change: "add",
    region: name,
    cost: `Every write to a global table is billed once more, and the tables are stored once more. The stacks of the region cost as much as those of an idle deployment, also without devices. For all regions: npm run cost -- --regions ${all.length}`,
    steps: [
      {
        title: "Write the regions to cdk.json",
        action: {
          kind: "settings",
          settings: { regions: all, stateRegion, closedRegions: undefined },
        },
        effect: "None yet. Commit the file: every later deployment needs it.",
        duration: "1 s",
      },
      {
        title: `Add a replica in ${name} to every table`,
        action: { kind: "deploy", stacks: [stateStack] },
        effect: "DynamoDB copies all rows. Devices and users notice nothing.",
        duration: "10 minutes; hours for tables of many GB",
      },
      {
        title: `Take over what an earlier deployment in ${name} has left`,
        action: { kind: "adopt", region: name },
        effect:
          "The key of secrets, IoT policies, buckets and waiting deliveries of a destroyed stack belong to the new stack. None without an earlier deployment.",
        duration: "1 minute",
      },
      {
        title: `Deploy ${name}`,
        action: { kind: "deploy", stacks: stacksOfRegion(name, settings) },
        effect: "The region accepts devices and users. No device has its endpoint yet.",
        duration: "10 minutes",
      },
      {
        title: `Tell the other regions about ${name}`,
        action: {
          kind: "deploy",
          stacks: others.flatMap((region) => stacksOfRegion(region, settings)),
        },
        effect:
          "New devices are registered in all regions and get all endpoints. Devices that list their endpoints in their hello get the new one.",
        duration: `5 minutes a region`,
      },
      {
        title: `Register the existing devices in ${name}, and encrypt all secrets for it`,
        action: { kind: "fill", region: name },
        effect: "Devices can fail over to the region.",
        duration: "about 100 devices a minute",
      },
      ...named(settings, name),
    ],
  };
};

const named = ({ hasDomain }: Settings, name: string): Step[] =>
  hasDomain
    ? [
        {
          title: `Add ${name} to DNS`,
          action: { kind: "deploy", stacks: [edgeStack(name), edgePagesStack] },
          effect: "Users near the region reach it.",
          duration: "5 to 30 minutes, for the certificate",
        },
      ]
    : [];
