import type { RateLimiter } from "../../account/verify/rateLimit.ts";
import { validationFailure } from "../../input/readInput.ts";
import { hourMs } from "../../platform/durations.ts";
import { Failure } from "../../platform/failure.ts";
import { findIncident } from "../incident/findIncident.ts";
import { concernIntervalSeconds, concernsPerFleetMax } from "../limits.ts";
import { type ConcernDeps, findConcern, type TimeSpan } from "./concern.ts";
import { type ConcernBody, concernBody } from "./concernBody.ts";
import { incidentSpan } from "./incidentSpan.ts";

interface Deps extends ConcernDeps {
  readonly records: Parameters<typeof findIncident>[1]["records"];
  readonly rateLimiter: Pick<RateLimiter, "acquire">;
}

/** An incident, or a time span in milliseconds since 1970. */
export interface ConcernQuestion {
  readonly incident?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/**
 * Answers whether an incident or a time span concerned a fleet; by default, the last hour. Fails
 * with `not_found`, with `invalid_request`, and with `too_many_requests` after many questions of
 * the fleet.
 */
export const answerConcern = async (
  fleet: string,
  question: ConcernQuestion,
  deps: Deps,
): Promise<{ incident: string | null } & ConcernBody> => {
  await checkRate(fleet, deps);
  const span = await spanOf(question, deps);
  const concern = concernBody(await findConcern(fleet, span, deps));
  return { incident: question.incident ?? null, ...concern };
};

const spanOf = async (
  { incident: id, from, to }: ConcernQuestion,
  deps: Deps,
): Promise<TimeSpan> => {
  if (id === undefined) {
    const end = to ?? deps.now();
    return { from: from ?? end - hourMs, to: end };
  }
  if (from !== undefined || to !== undefined) {
    throw validationFailure(["incident: has a time span; leave out from and to"]);
  }
  const { incident } = await findIncident(id, deps);
  return incidentSpan(incident, deps.now());
};

const checkRate = async (fleet: string, { rateLimiter, now }: Deps): Promise<void> => {
  const limit = { max: concernsPerFleetMax, intervalSeconds: concernIntervalSeconds };
  const waitSeconds = await rateLimiter.acquire(`concern#${fleet}`, now(), limit);
  if (waitSeconds === 0) return;
  throw new Failure(`Too many questions. Try again in ${waitSeconds} s.`, {
    code: "too_many_requests",
    retryAfterSeconds: waitSeconds,
  });
};
