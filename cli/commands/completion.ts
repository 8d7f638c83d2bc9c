import type { Command } from "../line/command.ts";
import { completionScript, shells } from "../line/completion.ts";

/** The command that prints completions of all other commands. */
export const completion = (others: readonly Command[]): Command => {
  const command: Command = {
    words: "completion",
    summary: "print the script that completes commands in a shell",
    arguments: [{ name: "SHELL", choices: shells }],
    options: {},
    notes: `bash: eval "$(godwit completion bash)" in ~/.bashrc
zsh:  eval "$(godwit completion zsh)" in ~/.zshrc, after compinit
fish: godwit completion fish > ~/.config/fish/completions/godwit.fish`,
    async run(input, { write }) {
      const shell = shells.find((one) => one === input.needed("SHELL")) ?? "bash";
      write(completionScript(shell, [...others, command]));
      return undefined;
    },
  };
  return command;
};
