import * as z from "zod";
import type { CloudRegion } from "../cloud/cloudProcess.ts";
import type { DrillContext, DrillIdentity } from "../context.ts";

const shown = z.object({ connected: z.boolean() });

/** How many devices are asked about at once: each needs an environment of a function, which take time to start. */
const concurrentQueriesMax = 3;

/** Asks something of each device, some at a time; the answers in the order of the devices. */
export const queryEach = async <T>(
  identities: readonly DrillIdentity[],
  ask: (who: DrillIdentity) => Promise<T>,
): Promise<T[]> => {
  const answers: T[] = [];
  while (answers.length < identities.length) {
    const some = identities.slice(answers.length, answers.length + concurrentQueriesMax);
    answers.push(...(await Promise.all(some.map(ask))));
  }
  return answers;
};

/** What a region's API says of each device: online or not, or `undefined` where it says that it cannot say. */
export const onlineStates = (
  context: DrillContext,
  identities: readonly DrillIdentity[],
  region?: CloudRegion,
): Promise<(boolean | undefined)[]> =>
  queryEach(identities, async ({ id }) => {
    const { status, body } = await context.api("GET", `/v1/devices/${id}`, undefined, region);
    return status === 200 ? shown.parse(body).connected : undefined;
  });

/** How many devices answer a call of their function `echo` through a region's API. */
export const countCallable = async (
  context: DrillContext,
  identities: readonly DrillIdentity[],
  region?: CloudRegion,
): Promise<number> => {
  const statuses = await queryEach(identities, async ({ id }) => {
    const { status } = await context.api("POST", `/v1/devices/${id}/echo`, { arg: "" }, region);
    return status;
  });
  return statuses.filter((status) => status === 200).length;
};
