import type { Plan } from "./step.ts";

const changes = { add: "Add", remove: "Remove", adopt: "Create again" } as const;

/** The text of a plan for a person. */
export const printPlan = ({ change, region, note, steps, cost }: Plan): string =>
  [
    `${changes[change]} ${region}: ${steps.length} steps`,
    ...(note === undefined ? [] : [note]),
    "",
    ...steps.flatMap(({ title, action, effect, duration, irreversible }, i) => [
      `${i + 1}. ${title} (${duration})`,
      ...stacksIn(action).map((stacks) => `   ${stacks}`),
      `   ${effect}`,
      ...(irreversible === undefined ? [] : [`   Cannot be taken back: ${irreversible}`]),
    ]),
    "",
    `Cost: ${cost}`,
    "The steps run in this order. If one fails, repeat the command: it continues.",
  ].join("\n");

const stacksIn = (action: Plan["steps"][number]["action"]): string[] => {
  if (action.kind === "deploy") return [`deploy ${action.stacks.join(", ")}`];
  if (action.kind === "destroy") return [`delete ${action.stacks.join(", ")}`];
  return [];
};
