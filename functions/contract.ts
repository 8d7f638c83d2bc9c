import { asyncApi, servers } from "#shared/contract/async/asyncApi.ts";
import { openApi } from "#shared/contract/openApi.ts";
import { contractRoutes } from "#shared/routes/contractRoutes.ts";
import { api, open } from "./edge/http/api.ts";

// The documents depend on the code and on nothing else but the URL of the request.
const { servers: _, ...document } = openApi({ server: "" });
const messages = asyncApi({ server: "https://example.com" });

export const handler = api(contractRoutes, {
  showOpenApi: open(async (__, { api: url }) => ({ ...document, servers: [{ url }] })),
  showAsyncApi: open(async (__, { api: url }) => ({ ...messages, servers: servers(url) })),
});
