import { Failure } from "../platform/failure.ts";
import type { IntegrationMatcher } from "./model/integration.ts";

/**
 * Reads an integration of a fleet. Fails with `not_found`, also for an integration of another
 * fleet.
 */
export const findIntegration = async <One extends IntegrationMatcher>(
  fleet: string,
  id: string,
  { integrations }: { integrations: { find(fleet: string, id: string): Promise<One | undefined> } },
): Promise<One> => {
  const found = await integrations.find(fleet, id);
  if (found === undefined) throw new Failure("Integration not found", { code: "not_found" });
  return found;
};
