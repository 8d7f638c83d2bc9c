import * as z from "zod";
import type { CloudRegion } from "../cloud/cloudProcess.ts";
import type { DrillContext, DrillIdentity } from "../context.ts";

const deviceView = z.object({ connected: z.boolean() });

/** Each concurrent query needs an execution environment, which takes time to start. */
const concurrentQueriesMax = 3;

/**
 * Queries each device with bounded concurrency. Returns the results in the order of the devices.
 */
export const queryEach = async <T>(
  identities: readonly DrillIdentity[],
  query: (device: DrillIdentity) => Promise<T>,
): Promise<T[]> => {
  const results: T[] = [];
  while (results.length < identities.length) {
    const batch = identities.slice(results.length, results.length + concurrentQueriesMax);
    results.push(...(await Promise.all(batch.map(query))));
  }
  return results;
};

/** Returns for each device whether the region's API reports it online; `undefined` on an error. */
export const onlineStates = (
  context: DrillContext,
  identities: readonly DrillIdentity[],
  region?: CloudRegion,
): Promise<(boolean | undefined)[]> =>
  queryEach(identities, async ({ id }) => {
    const { status, body } = await context.api("GET", `/v1/devices/${id}`, undefined, region);
    return status === 200 ? deviceView.parse(body).connected : undefined;
  });

/** Counts the devices that answer a call of their function `echo` through the region's API. */
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
