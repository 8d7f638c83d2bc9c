import { parseArgs } from "node:util";
import { parseWith } from "#shared/input/argumentProblem.ts";
import { closestName } from "#shared/input/closestName.ts";
import { type EmulatorName, emulatorNames } from "./emulator/emulator.ts";

/** Options of a run. */
export interface Options {
  readonly emulators: readonly EmulatorName[];
  /** Write the results to docs/aws.md. */
  readonly shouldWrite: boolean;
}

export const help = `Deploys the synthesized stacks with the CDK CLI to emulators of AWS that others wrote, and runs the
contracts of the ports and an event from MQTT to a webhook against them. It uses no AWS account.

npm run conform -- [EMULATOR…] [--write]

  EMULATOR  ministack, moto (default: both)
  --write   write the results to docs/aws.md (both emulators only)
  --list    list the known differences between the emulators and AWS
  --help    print this help

It requires Python 3 with venv and pip, and installs the emulators from PyPI into conform/.venv in the versions of
conform/requirements.txt. Everything listens on 127.0.0.1. A run takes some minutes.
Exits with 0 if known differences explain everything that failed, and with 1 otherwise.`;

/** Parses the command line. Throws an `Error` with a one-line message. */
export const parseOptions = (args: readonly string[]): Options | "help" | "list" => {
  const options = {
    write: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  } as const;
  const { values, positionals } = parseWith(options, () =>
    parseArgs({ args: [...args], allowPositionals: true, options }),
  );
  if (values.help) return "help";
  if (values.list) return "list";
  const emulators = positionals.length === 0 ? emulatorNames : positionals.map(findName);
  const isAll = emulatorNames.every((name) => emulators.includes(name));
  if (values.write && !isAll) throw new Error("--write requires both emulators. Try --help.");
  return { emulators: [...new Set(emulators)], shouldWrite: values.write };
};

const findName = (name: string): EmulatorName => {
  const found = emulatorNames.find((one) => one === name);
  if (found !== undefined) return found;
  const close = closestName(name, emulatorNames);
  const meant = close === undefined ? "" : ` Did you mean '${close}'?`;
  throw new Error(`unknown emulator '${name}'.${meant} Try --help.`);
};
