import { Failure } from "../failure.ts";
import type { Integrations } from "../ports.ts";
import type { Integration } from "./integration.ts";

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
