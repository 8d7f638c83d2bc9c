import type { CommandDeps, Options } from "./command.ts";

/** Shows the plan of a dangerous command, and runs it if `--yes` is given. */
export const runWithPlan = async (
  { plan, act }: { plan: () => Promise<object>; act: () => Promise<object> },
  { yes }: Options,
  { say }: Pick<CommandDeps, "say">,
): Promise<object> => {
  if (yes === true) return act();
  const shown = await plan();
  say("This is the plan; nothing is changed. Repeat the command with --yes to run it.");
  return { plan: shown };
};
