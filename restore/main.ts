import { setTimeout as wait } from "node:timers/promises";
import { messageOf } from "../admin/messageOf.ts";
import { run } from "./run.ts";

const say = (line: string): void => void process.stderr.write(`${line}\n`);

try {
  const clock = { now: Date.now, wait: async (ms: number) => void (await wait(ms)) };
  const deps = { environment: process.env, clock, say };
  process.stdout.write(`${await run(process.argv.slice(2), deps)}\n`);
} catch (error) {
  say(`restore: ${messageOf(error)}`);
  process.exitCode = 1;
}
