import { messageOf } from "../admin/messageOf.ts";
import { runPreflight } from "./run.ts";
import { synthesize } from "./synthesize.ts";

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

try {
  process.exitCode = await runPreflight(process.argv.slice(2), { synthesize, say, print });
} catch (error) {
  say(`preflight: ${messageOf(error)}`);
  process.exitCode = 1;
}
