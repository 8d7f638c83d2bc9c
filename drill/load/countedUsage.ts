import * as z from "zod";
import type { CloudRegion } from "../cloud/cloudProcess.ts";
import type { DrillContext } from "../context.ts";

const usage = z.object({ total: z.object({ publishes: z.number(), functions: z.number() }) });

/** The events and calls that the API of a region has counted for the user of the drill. */
export const countedUsage = async (
  context: DrillContext,
  region: CloudRegion,
): Promise<{ readonly publishes: number; readonly functions: number }> => {
  const { status, body } = await context.api("GET", "/v1/usage?by=kind", undefined, region);
  if (status !== 200) throw new Error(`cannot read the usage: ${status} ${JSON.stringify(body)}`);
  return usage.parse(body).total;
};
