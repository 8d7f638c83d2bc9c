import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { runToExit } from "../bench/system/runToExit.ts";
import { credentialAdvice } from "../preflight/identity.ts";
import { openClients } from "./aws/clients.ts";
import { help, type Options, parseOptions } from "./options.ts";
import { openAccount, runProbe } from "./probes.ts";
import { formatAnswer, formatPlan } from "./report.ts";
import { openUndo } from "./undo.ts";

const progress = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const undo = openUndo((ms) => wait(ms));

const main = async (): Promise<number> => {
  const options = parseOptions(process.argv.slice(2), process.env);
  if (options !== "help") return (await run(options)) ? 0 : 1;
  process.stdout.write(`${help}\n`);
  return 0;
};

const run = async ({ probes, region, isConfirmed, ...access }: Options): Promise<boolean> => {
  const clients = openClients(region);
  const { Account = "unknown" } = await clients.sts.send(new GetCallerIdentityCommand({}));
  process.stdout.write(`${formatPlan(probes, { account: Account, region })}\n`);
  if (!isConfirmed) {
    process.stdout.write("Nothing has been done. Add --yes to run this plan.\n");
    return true;
  }
  const name = `godwit-probe-${randomBytes(4).toString("hex")}`;
  const account = openAccount(clients, undo, { ...access, name });
  const deps = { account, undo, wait: (ms: number) => wait(ms), now: Date.now };
  let isExpected = true;
  try {
    for (const probe of probes) {
      progress(`${probe.name}: up to ${probe.minutes} minutes`);
      const answer = await runProbe(probe, deps);
      isExpected &&= answer.isExpected;
      process.stdout.write(`\n${formatAnswer(probe, answer)}\n`);
    }
  } finally {
    isExpected = (await cleanUp()) && isExpected;
  }
  return isExpected;
};

/** Undoes all changes. Reports what has to be deleted by hand. */
const cleanUp = async (): Promise<boolean> => {
  progress("deletes what the probes created");
  const failed = await undo.run();
  for (const one of failed) progress(`could not be undone; delete it yourself: ${one}`);
  return failed.length === 0;
};

runToExit(main, { name: "probe", stop: cleanUp, log: progress, messageOf: credentialAdvice });
