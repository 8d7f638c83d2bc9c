import type { Command } from "./command.ts";

const common = `Selection of the cloud:
  --state DIR      state folder of a cloud on this machine (or STATE in the environment)
  --region NAME    region (default: the first one of --state, or as for the AWS command line)
  --function NAME  the admin function there (default: godwit-admin; or ADMIN_FUNCTION in the environment)

For every command:
  --json           print JSON (lists are tables without it)
  --help           describe the command
  --version        print the version of this tool`;

const rows = (pairs: readonly (readonly [string, string])[]): string => {
  const width = Math.max(0, ...pairs.map(([left]) => left.length)) + 2;
  return pairs.map(([left, right]) => `  ${left.padEnd(width)}${right}`).join("\n");
};

const line = ({ words, argument }: Command): string =>
  argument === undefined ? words : `${words} ${argument}`;

/** Help text of the tool, with these commands. */
export const help = (
  commands: readonly Command[],
): string => `Manages the users, tokens, products and devices of a cloud, and the incidents of its status page.

npm run admin -- COMMAND [options]

${rows(commands.map((command) => [line(command), command.summary]))}

NAME is a user's name, DEVICE a device's id, REGION a region of AWS. \`npm run admin -- COMMAND --help\` describes the options.
A command that removes or stops something only shows its plan, unless it has the option --yes. Options can be before or after the command.

${common}`;

/** Help text of one command. */
export const helpOf = (command: Command): string => {
  const own = Object.entries(command.options).map(
    ([name, { value, description }]) =>
      [`--${name}${value ? ` ${value}` : ""}`, description] as const,
  );
  const yes = ["--yes", "run the command; without this option it shows its plan"] as const;
  const options = rows(command.dangerous ? [...own, yes] : own);
  return `npm run admin -- ${line(command)} [options]: ${command.summary}

${options === "" ? "" : `${options}\n\n`}${common}`;
};
