import { randomBytes } from "node:crypto";
import type { DeliveryCount } from "../delivery/findDeadLetters.ts";
import type { IntegrationMatcher } from "../integration/model/integration.ts";
import { Failure } from "../platform/failure.ts";
import type { Job, JobQueue, Jobs } from "./job.ts";
import { jobStalledMs, jobsPerFleetMax, jobsRunningPerFleetMax } from "./limits.ts";

interface Deps {
  jobs: Pick<Jobs, "list" | "add">;
  jobQueue: JobQueue;
  region: string;
  now: () => number;
}

/**
 * Creates a job for an integration. The row is stored before the message is sent: after a crash in
 * between, listing the job sends the message. Fails with `integration_disabled`, and with
 * `limit_reached`.
 */
export const startJob = async (
  integration: IntegrationMatcher,
  { work, perSecond, counted }: Pick<Job, "work" | "perSecond"> & { counted: DeliveryCount },
  { jobs, jobQueue, region, now }: Deps,
): Promise<Job> => {
  refuseDisabled(integration);
  const startedAt = now();
  const { fleet } = integration;
  checkRoom(integration, await jobs.list(fleet), startedAt);
  const job: Job = {
    fleet,
    id: `${startedAt.toString(36)}-${randomBytes(6).toString("hex")}`,
    region,
    integration: integration.id,
    work,
    perSecond,
    state: "running",
    startedAt,
    workedAt: startedAt,
    workedMs: 0,
    total: counted.count,
    atLeast: counted.atLeast,
    done: 0,
    failed: 0,
    leasedUntil: 0,
    revision: 0,
  };
  await jobs.add(job);
  await jobQueue.send(job);
  return job;
};

/** Deliveries to a disabled integration would be dead-lettered at once. */
export const refuseDisabled = ({ disabled }: IntegrationMatcher): void => {
  if (!disabled) return;
  throw new Failure("The integration is disabled: enable it first", {
    code: "integration_disabled",
  });
};

const checkRoom = ({ id }: IntegrationMatcher, all: readonly Job[], now: number): void => {
  const running = all.filter(
    ({ state, workedAt }) => state === "running" && now - workedAt < jobStalledMs,
  );
  const same = running.find(({ integration }) => integration === id);
  if (same !== undefined) {
    throw new Failure(`a job of this integration is running: ${same.id}`, {
      code: "limit_reached",
    });
  }
  if (running.length >= jobsRunningPerFleetMax) {
    throw new Failure(`a fleet has at most ${jobsRunningPerFleetMax} running jobs`, {
      code: "limit_reached",
    });
  }
  if (all.length >= jobsPerFleetMax) {
    throw new Failure(`a fleet has at most ${jobsPerFleetMax} jobs in a week`, {
      code: "limit_reached",
    });
  }
};
