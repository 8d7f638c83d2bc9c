import { Failure } from "../platform/failure.ts";
import type { Integration } from "./model/integration.ts";
import type { Integrations } from "./model/integrations.ts";

/** An integration of a fleet. Fails with `not_found`, also for somebody else's. */
export const findIntegration = async (
  fleet: string,
  id: string,
  { integrations }: { integrations: Pick<Integrations, "find"> },
): Promise<Integration> => {
  const found = await integrations.find(fleet, id);
  if (found === undefined) throw new Failure("Integration not found", { code: "not_found" });
  return found;
};
