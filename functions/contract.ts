import { openApi } from "#shared/contract/openApi.ts";
import { contractRoutes } from "#shared/routes/contractRoutes.ts";
import { api, open } from "./edge/http/api.ts";

// The document depends on the code and on nothing else but the URL of the request.
const { servers: _, ...document } = openApi({ server: "" });

export const handler = api(contractRoutes, {
  showOpenApi: open(async (__, { api: url }) => ({ ...document, servers: [{ url }] })),
});
