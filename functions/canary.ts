import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod/mini";
import { adminFunction } from "#shared/aws/canary/adminFunction.ts";
import { dynamoCanaryIdentities } from "#shared/aws/canary/identities.ts";
import { mqttEndpoint } from "#shared/aws/device/mqttEndpoint.ts";
import { checkUpdate } from "#shared/canary/checkUpdate.ts";
import { ensureIdentity, ensureIntegration } from "#shared/canary/ensureIdentity.ts";
import type { CanaryIdentity } from "#shared/canary/identity.ts";
import { canaryImage } from "#shared/canary/image.ts";
import {
  canaryRunMsMax,
  canaryTargetGraceMs,
  canaryTimeoutSeconds,
  canaryUpdateMsMax,
} from "#shared/canary/limits.ts";
import { type CheckResult, runChecks } from "#shared/canary/runChecks.ts";
import { ensureUpdateTarget, type UpdateTarget } from "#shared/canary/updateTarget.ts";
import { httpCanaryApi } from "#shared/http/canaryApi.ts";
import { check } from "#shared/objective/check.ts";
import { objectives, updateCheckMinutes } from "#shared/objective/objectives.ts";
import { minuteMs } from "#shared/platform/durations.ts";
import { env } from "#shared/platform/env.ts";
import { createKeyAndRequest } from "../device/credentials/signingRequest.ts";
import { connectDevice } from "./edge/canary/connectDevice.ts";
import { connectForUpdate, readCanaryImage } from "./edge/canary/connectForUpdate.ts";
import { openGlobals } from "./edge/globals.ts";
import { logger } from "./edge/logger.ts";
import { count, measure } from "./edge/metrics.ts";
import { openSecrets } from "./edge/secrets.ts";
import { singleRun } from "./edge/singleRun.ts";

const names = env.canary.parse(process.env);
const { AWS_REGION: region, API_URL, BROKER_CA: brokerCa } = names;
const checks = z.array(check).parse(names.CHECKS);
const apiUrl = API_URL.replace(/\/$/, "");
const identities = dynamoCanaryIdentities(openGlobals(names), names.OPERATIONS_TABLE, {
  region,
  secrets: openSecrets(names),
});
const findEndpoint = mqttEndpoint();
const identityDeps = {
  identities,
  admin: adminFunction(names.ADMIN_FUNCTION),
  newKey: createKeyAndRequest,
  now: Date.now,
  onError: (what: string, error: unknown) => logger.warn(what, { error }),
};

/** Kept while this environment lives: the canary runs while its table does not respond. */
let known: CanaryIdentity | undefined;
/** Whether the integration is as it should be, as far as this environment knows. */
let hasIntegration = false;
/** When the API failed last, which is the target of the integration; in milliseconds since 1970. */
let apiFailedAt = 0;
/** When the next check of an update is due; in milliseconds since 1970. */
let updateDueAt = 0;

const identify = async (signal: AbortSignal): Promise<CanaryIdentity> => {
  const before = known;
  known = await ensureIdentity(identityDeps, before);
  if (known !== before) hasIntegration = false;
  if (hasIntegration) return known;
  try {
    const api = apiOf(known, "setup");
    known = await ensureIntegration(known, { api, identities, apiUrl, signal });
    hasIntegration = true;
  } catch (error) {
    // The checks say what does not work.
    logger.warn("the integration of the canary was not checked", { error });
  }
  return known;
};

const apiOf = ({ token }: CanaryIdentity, run: string) =>
  httpCanaryApi({ url: apiUrl, token, agent: `godwit-canary/${run}` });

const work = async (): Promise<void> => {
  const nonce = randomBytes(8).toString("hex");
  const identity = await identify(AbortSignal.timeout(canaryRunMsMax));
  const endpoint = await findEndpoint(identity.endpoint);
  const results = await runChecks({
    api: apiOf(identity, nonce),
    connect: connectDevice(identity, { endpoint, brokerCa }),
    device: identity.device.id,
    region,
    checks,
    nonce,
    isTargetSuspect: Date.now() < apiFailedAt + canaryTargetGraceMs,
    elapsed: () => performance.now(),
    objectives,
    signal: AbortSignal.timeout(canaryRunMsMax),
  });
  for (const result of results) report(result);
  if (checks.includes("update") && Date.now() >= updateDueAt) {
    report(await runUpdateCheck(identity, { endpoint, nonce }));
  }
  count({ CanaryRuns: 1 });
};

/** A target that was made in this run is checked in the next one. */
const runUpdateCheck = async (
  identity: CanaryIdentity,
  { endpoint, nonce }: { endpoint: string; nonce: string },
): Promise<CheckResult> => {
  const api = apiOf(identity, nonce);
  const signal = AbortSignal.timeout(canaryUpdateMsMax);
  let target: UpdateTarget | undefined;
  try {
    const ensured = await ensureUpdateTarget(identity.update, { api, signal });
    if (ensured.target !== identity.update) {
      known = { ...identity, update: ensured.target };
      await identities.put(known);
    }
    if (ensured.isReady) target = ensured.target;
  } catch (error) {
    // The checks of the API say what does not work.
    logger.warn("the release of the canary was not checked", { error });
  }
  const result = await checkUpdate({
    ...{ api, target, wait, signal, objectives, now: Date.now },
    connect: async (stop) => {
      if (target === undefined) throw new Error("there is no device");
      return connectForUpdate(target, { endpoint, brokerCa })(stop);
    },
    readImage: readCanaryImage(canaryImage.length, { brokerCa }),
    elapsed: () => performance.now(),
  });
  if (result.outcome !== "unknown") updateDueAt = Date.now() + updateCheckMinutes * minuteMs;
  return result;
};

const report = ({ check, outcome, ms, reason }: CheckResult): void => {
  if (check === "api" && outcome === "failed") apiFailedAt = Date.now();
  // Someone may have removed the integration.
  if (check === "webhook" && outcome !== "passed") hasIntegration = false;
  if (outcome !== "passed") logger.warn("a check did not pass", { check, outcome, reason });
  if (outcome === "unknown") return;
  measure(
    { check, region },
    {
      CanaryFailure: ["None", outcome === "failed" ? 1 : 0],
      ...(ms !== undefined && { CanaryLatency: ["Milliseconds", Math.round(ms)] }),
    },
  );
};

/** While the table of leases does not respond, a run must not be missed: two runs do no harm. */
export const handler = singleRun(
  { name: "canary", timeoutSeconds: canaryTimeoutSeconds, withoutLease: "run" },
  names,
  work,
);
