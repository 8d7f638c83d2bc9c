import {
  type CommandName,
  commandNames,
  commands,
  defaults,
  type NumberName,
  numberNames,
  numberOptions,
  ratesDefault,
  ratesMax,
  usesOption,
} from "./commands.ts";
import { rateMax } from "./limits.ts";
import { scaleParts } from "./scale/parts.ts";

const commandOfHelp = (name: CommandName): string => `  ${name.padEnd(12)} ${commands[name].does}`;

const numberOfHelp = (name: NumberName): string => {
  const users = commandNames.filter((one) => usesOption(commands[one], name));
  const values = users.map((one) => commands[one].defaults?.[name] ?? defaults[name]);
  const isSame = new Set(values).size === 1;
  const list = isSame
    ? `${users.join(", ")}${values[0] === 0 ? "" : `: ${values[0]}`}`
    : users.map((one, i) => `${one}: ${values[i]}`).join(", ");
  const { does, max } = numberOptions[name];
  return `  ${`--${name} N`.padEnd(18)} ${does} (${list}; up to ${max})`;
};

/** The help text. */
export const help = `Measures the cloud on this machine: a child process that runs as \`npm start\` does, with its state on disk.
The reference in the same run is a bare MQTT subscriber that posts each event and stores nothing. Processor time is
that of all threads of a system, from the operating system, without the publishers and the targets.

npm run bench -- [COMMAND] [options]

${commandNames.map(commandOfHelp).join("\n")}

  --data DIR         folder for the state of the cloud (default: a temporary folder on disk)
  --memory           state in memory
  --quick            one short round of each measurement: checks that it works, not how fast it is
  --json             print JSON on standard output and the tables on standard error
  --help             print this help
  --rates A,B        rates: events per second, up to ${ratesMax} rates of up to ${rateMax} (default ${ratesDefault})
  --peer NAME        rates, highest, overload, loss: also measure node-red or bullmq, which npm installs into
                     bench/peers; bullmq needs redis-server in PATH (Debian: apt-get install redis-server)
  --of PART          scale: ${scaleParts.join(", ")}
  --tests 1,2        loss: worker killed after 20,000 events (1) or at 200/s (2), target answers 503 (3),
                     another target hangs (4), worker down for 10 s (5); default: all
${numberNames.map(numberOfHelp).join("\n")}

Results are written to bench/results: COMMAND.json, and COMMAND.md with tables for documentation. Each has the date,
the machine, the load average and the processes that ran at the same time. Everything listens on 127.0.0.1.`;
