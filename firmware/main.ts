import { run } from "./run.ts";

try {
  process.stdout.write(`${await run(process.argv.slice(2), Date.now())}\n`);
} catch (error) {
  process.stderr.write(`firmware: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
