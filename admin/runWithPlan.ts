import type { Command, CommandDeps, Options } from "./command.ts";

interface Steps {
  readonly plan: () => Promise<object>;
  readonly act: () => Promise<object>;
  /** Why the command would be refused after this plan, if it would be. */
  readonly findObstacle?: (plan: object) => string | undefined;
}

/** Shows the plan of a dangerous command, and runs it if `--yes` is given. */
export const runWithPlan = async (
  { plan, act, findObstacle }: Steps,
  { yes }: Options,
  { say }: Pick<CommandDeps, "say">,
): Promise<object> => {
  if (yes === true) return act();
  const shown = await plan();
  const obstacle = findObstacle?.(shown);
  say(
    obstacle === undefined
      ? "This is the plan; nothing is changed. Repeat the command with --yes to run it."
      : `Nothing is changed. The command is refused, also with --yes: ${obstacle}.`,
  );
  return { plan: shown };
};

/**
 * The `run` of a dangerous command: its plan and its action are one request each to the admin
 * function.
 */
export const planOrAct =
  (plan: (argument: string) => object, act: (argument: string) => object): Command["run"] =>
  (argument, options, deps) =>
    runWithPlan(
      {
        plan: async () => Object(await deps.invoke(plan(argument))),
        act: async () => Object(await deps.invoke(act(argument))),
      },
      options,
      deps,
    );
