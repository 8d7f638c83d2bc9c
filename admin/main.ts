import { setTimeout as wait } from "node:timers/promises";
import { visibleLines } from "#shared/platform/visibleText.ts";
import { askPassword } from "./askPassword.ts";
import { messageOf } from "./messageOf.ts";
import { run } from "./run.ts";

const say = (line: string): void => void process.stderr.write(`${visibleLines(line)}\n`);

try {
  const deps = { environment: process.env, askPassword, wait: (ms: number) => wait(ms), say };
  process.stdout.write(`${await run(process.argv.slice(2), deps)}\n`);
} catch (error) {
  say(`godwit: ${messageOf(error)}`);
  process.exitCode = 1;
}
