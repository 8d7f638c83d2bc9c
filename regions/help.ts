/** Help text of `npm run regions`. */
export const help = `Changes the regions of a deployment in AWS, one step at a time. It prints its plan first.

npm run regions -- add REGION      adds a region
npm run regions -- remove REGION   moves devices and users to the other regions, and removes the region
npm run regions -- adopt REGION    creates the destroyed stacks of a region again, with what they have left

  --plan                print the plan, and change nothing
  --yes                 perform the plan without a question
  --disconnect-devices  remove: also while devices are connected to the region
  --abandon-work        remove: also while messages or waiting deliveries are left
  --profile NAME        a profile of the AWS configuration files
  --help                print this help

If the command is interrupted or a step fails, repeat it: it continues. docs/regions.md describes each step.`;
