import type { CommandDeps, Options } from "./command.ts";

/** Shows what a dangerous command would do; does it when the person has said `--yes`. */
export const planned = async (
  { plan, act }: { plan: () => Promise<object>; act: () => Promise<object> },
  { yes }: Options,
  { say }: Pick<CommandDeps, "say">,
): Promise<object> => {
  if (yes === true) return act();
  const shown = await plan();
  say("This is the plan; nothing is changed. Repeat the command with --yes to do it.");
  return { plan: shown };
};
