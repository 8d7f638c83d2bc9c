import type { Command } from "./command.ts";
import { commands } from "./commands.ts";

const where = `Where the cloud is:
  --state DIR      the folder of a cloud that runs on this machine (or STATE in the environment)
  --region NAME    a region of AWS (default: what the AWS command line uses)
  --function NAME  the admin function there (default: godwit-admin; or ADMIN_FUNCTION in the environment)`;

const rows = (pairs: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...pairs.map(([left]) => left.length)) + 2;
  return pairs.map(([left, right]) => `  ${left.padEnd(width)}${right}`).join("\n");
};

const line = ({ words, argument }: Command): string => `${words} ${argument}`;

/** What the tool can do. */
export const help =
  (): string => `Adds users, tokens, products and devices, for whoever owns the cloud.

npm run admin -- COMMAND NAME [options]

${rows(commands.map((command) => [line(command), command.summary]))}

NAME is the user's, REGION one of AWS. \`npm run admin -- COMMAND --help\` says what the options are.

${where}`;

/** What one command can do. */
export const helpOf = (command: Command): string => {
  const options = Object.entries(command.options).map(
    ([name, { value, says }]) => [`--${name}${value ? ` ${value}` : ""}`, says] as const,
  );
  return `npm run admin -- ${line(command)} [options]: ${command.summary}

${rows(options)}

${where}`;
};
