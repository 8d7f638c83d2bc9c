import type { CommandDeps, Input, OptionSpec } from "../line/command.ts";

/** The option that answers the question of a command. */
export const yesOption = {
  yes: { summary: "do not ask" },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** Says what happens, then asks, unless `--yes` is given. `declined` is said after a no. */
export const isConfirmed = async (
  input: Input,
  { text, question, declined }: { text: string; question: string; declined: string },
  { out, prompt }: Pick<CommandDeps, "out" | "prompt">,
): Promise<boolean> => {
  if (input.has("yes")) return true;
  out.note(text);
  if (await prompt.confirm(question)) return true;
  out.note(declined);
  return false;
};
