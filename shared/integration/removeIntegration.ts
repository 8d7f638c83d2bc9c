import { Failure } from "../platform/failure.ts";
import type { Integrations } from "./model/integrations.ts";
import { integrationsFreshMs } from "./model/limits.ts";

/** Takes an integration away. When it answers, no further event is matched. Fails with `not_found`. */
export const removeIntegration = async (
  fleet: string,
  id: string,
  {
    integrations,
    wait,
  }: { integrations: Pick<Integrations, "remove">; wait: (ms: number) => Promise<void> },
): Promise<void> => {
  const removed = await integrations.remove(fleet, id);
  if (!removed) throw new Failure("Integration not found", { code: "not_found" });
  await wait(integrationsFreshMs);
};
