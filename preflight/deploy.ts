import { spawn } from "node:child_process";
import { once } from "node:events";
import { messageOf } from "../admin/messageOf.ts";
import { runDeploy } from "./run.ts";
import { cdkCommand, synthesize } from "./synthesize.ts";

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** The CDK talks to the person: it asks for the approval of changes of permissions. */
const cdk = async (args: readonly string[]): Promise<number> => {
  const child = spawn(process.execPath, [cdkCommand, ...args], { stdio: "inherit" });
  const [code] = await once(child, "close");
  return typeof code === "number" ? code : 1;
};

try {
  process.exitCode = await runDeploy(process.argv.slice(2), { synthesize, say, print, cdk });
} catch (error) {
  say(`deploy: ${messageOf(error)}`);
  process.exitCode = 1;
}
