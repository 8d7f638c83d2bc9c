import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import type { SynthesizedStack } from "./assembly.ts";
import { type Access, type Aws, closeAws, openAws } from "./aws.ts";
import type { Check, Load } from "./check.ts";
import { checkBootstrap } from "./checks/bootstrap.ts";
import { checkBuckets } from "./checks/buckets.ts";
import { checkMail } from "./checks/mail.ts";
import { namesCheck } from "./checks/names.ts";
import { checkPages } from "./checks/pages.ts";
import { checkParameters } from "./checks/parameters.ts";
import {
  checkAlarms,
  checkApi,
  checkBroker,
  checkConcurrency,
  checkQueues,
  checkRules,
  checkTables,
} from "./checks/quotaChecks.ts";
import { checkStacks } from "./checks/stacks.ts";
import { explain } from "./explain.ts";
import { credentialsFinding, type Identity, identify, regionFinding } from "./identity.ts";
import { checkMsMax, checksAtOnceMax } from "./limits.ts";
import { openQuotas } from "./quotas.ts";
import { type RegionRequirements, requirementsOf } from "./requirements.ts";
import type { Row } from "./row.ts";

interface Deps {
  readonly access: Access;
  readonly load: Load;
}

/** The region whose STS accepts every valid credential of the commercial partition. */
const referenceRegion = "us-east-1";

/**
 * Compares the AWS account with what the synthesized stacks need, and returns a row for each check.
 * It only reads. A check that fails by itself is a row, never an error.
 */
export const preflight = async (
  stacks: readonly SynthesizedStack[],
  { access, load }: Deps,
): Promise<Row[]> => {
  const all = requirementsOf(stacks);
  const clients = all.map(({ region }) => openAws(region, access));
  try {
    const identities = await Promise.all(clients.map(askIdentity));
    const known = await knownIdentity(identities, access);
    const credentials: Row = { region: "all", ...credentialsFinding(known) };
    if (!("account" in known)) return [credentials];
    const rows: Row[] = [credentials];
    for (const [i, requirements] of all.entries()) {
      const [aws, identity] = [clients[i], identities[i]];
      if (aws === undefined || identity === undefined) continue;
      rows.push({ region: requirements.region, ...regionFinding(requirements.region, identity) });
      if (!("account" in identity)) continue;
      rows.push(
        ...(await checkRegion(requirements, { aws, access, load, account: known.account })),
      );
    }
    return rows;
  } finally {
    for (const aws of clients) closeAws(aws);
  }
};

const askIdentity = async (aws: Aws): Promise<Identity> => {
  const signal = AbortSignal.timeout(checkMsMax);
  const late: Identity = { problem: "unreachable", error: new Error("no response of STS") };
  return await before(identify(aws, signal), signal).catch(() => late);
};

/** The identity that some region confirms, or the problem that the first region reports. */
const knownIdentity = async (
  identities: readonly Identity[],
  access: Access,
): Promise<Identity> => {
  const confirmed = identities.find((identity) => "account" in identity);
  if (confirmed !== undefined) return confirmed;
  const [first] = identities;
  const isRejected = first !== undefined && "problem" in first && first.problem === "rejected";
  if (!isRejected) return first ?? { problem: "missing", error: undefined };
  const reference = openAws(referenceRegion, access);
  try {
    const identity = await askIdentity(reference);
    return "account" in identity ? identity : first;
  } finally {
    closeAws(reference);
  }
};

const named: readonly (readonly [string, Check])[] = [
  ["CDK bootstrap", checkBootstrap],
  ["stacks", checkStacks],
  ["buckets", checkBuckets],
  ["Lambda: concurrent executions", checkConcurrency],
  ["DynamoDB: tables", checkTables],
  ["CloudWatch: alarms", checkAlarms],
  ["API Gateway", checkApi],
  ["SQS: messages in flight per queue", checkQueues],
  ["IoT Core", checkBroker],
  ["SES", checkMail],
  ["SNS: pages", checkPages],
  ["Systems Manager: parameters of pages", checkParameters],
  ["EventBridge: rules", checkRules],
];

interface RegionDeps extends Deps {
  readonly aws: Aws;
  readonly account: string;
}

const checkRegion = async (
  requirements: RegionRequirements,
  { aws, access, load, account }: RegionDeps,
): Promise<Row[]> => {
  const quotas = openQuotas(aws);
  const checks = [...named];
  checks.splice(2, 0, ["names", namesCheck(access)]);
  const rows = await mapConcurrently(checks, checksAtOnceMax, async ([name, check]) => {
    const signal = AbortSignal.timeout(checkMsMax);
    const made = check({ aws, requirements, quotas, load, account, signal });
    const findings = await before(made, signal).catch((error: unknown) => [explain(name, error)]);
    return findings.map((finding): Row => ({ region: requirements.region, ...finding }));
  });
  return rows.flat();
};

/**
 * Rejects when the signal aborts, also while the SDK looks for credentials, which no signal
 * interrupts.
 */
const before = async <Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> => {
  const late = Promise.withResolvers<never>();
  const onAbort = (): void => {
    late.reject(Object.assign(new Error("no response in time"), { name: "TimeoutError" }));
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
};
