import { UsageError } from "../admin/usageError.ts";
import type { Settings } from "./settings.ts";
import { stacksOfRegion } from "./stackNames.ts";
import type { Plan } from "./step.ts";

/** The steps that create the stacks of a region again after they were destroyed. */
export const planAdopt = (settings: Settings, name: string): Plan => {
  if (!settings.regions.includes(name)) {
    throw new UsageError(`${name} is not in cdk.json. To add it: npm run regions -- add ${name}`);
  }
  return {
    change: "adopt",
    region: name,
    cost: "As before the stacks of the region were destroyed.",
    steps: [
      {
        title: `Take over what the destroyed stack in ${name} has left`,
        action: { kind: "adopt", region: name },
        effect:
          "The key of secrets, IoT policies, buckets and waiting deliveries belong to the new stack.",
        duration: "1 minute",
      },
      {
        title: `Deploy ${name}`,
        action: { kind: "deploy", stacks: stacksOfRegion(name, settings) },
        effect: "Waiting deliveries continue. Devices and users are accepted again.",
        duration: "10 minutes",
      },
    ],
  };
};
