import type { ListedIntegration } from "./bodies.ts";
import type { Cloud } from "./cloud.ts";
import type { IntegrationQuery } from "./operations/integrations.ts";
import { readPages } from "./readPages.ts";

/** The integrations of the API's page, and of a fleet. */
const integrationsMax = 100;

/** Reads all integrations of a fleet that match. */
export const readIntegrations = async (
  cloud: Pick<Cloud, "listIntegrations">,
  query: Omit<IntegrationQuery, "limit" | "cursor"> = {},
): Promise<ListedIntegration[]> => {
  const limits = { limit: Number.POSITIVE_INFINITY, pageMax: integrationsMax };
  const { items } = await readPages(limits, async (page) => {
    const { integrations, cursor } = await cloud.listIntegrations({ ...query, ...page });
    return { items: integrations, cursor };
  });
  return items;
};
